import Crypto
import Testing

struct HashTests {
    /// FIPS 180: nothing, one block, two blocks, a million letters.
    private static let examples: [Hash: String] = [
        .sha1: """
        da39a3ee5e6b4b0d3255bfef95601890afd80709
        a9993e364706816aba3e25717850c26c9cd0d89d
        84983e441c3bd26ebaae4aa1f95129e5e54670f1
        34aa973cd4c4daa4f61eeb2bdbad27316534016f
        """,
        .sha256: """
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
        248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1
        cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0
        """,
        .sha384: """
        38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b
        cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7
        3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c8452b
        9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985
        """,
        .sha512: """
        cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b9 31bd47417a81a538327af927da3e
        ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d 4423643ce80e2a9ac94fa54ca49f
        204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789ca031ad 85c7a71dd70354ec631238ca3445
        e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb00 9c5c2c49aa2e4eadb217ad8cc09b
        """,
    ]

    @Test(arguments: Hash.allCases)
    func `the hashes of FIPS 180 come out`(hash: Hash) throws {
        let texts = [
            "", "abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            String(repeating: "a", count: 1_000_000),
        ]
        #expect(texts.flatMap { hash($0) } == (try bytes(#require(Self.examples[hash]))))
    }

    @Test func `pieces hash as the whole does`() {
        let whole = SecureRandom.bytes(100_000)
        var hash = Hash.sha256.incremental
        var rest = whole[...]
        var size = 0
        while !rest.isEmpty {
            hash.update(rest.prefix(size))
            rest = rest.dropFirst(size)
            size = size * 3 + 1
        }
        #expect(hash.finish() == Hash.sha256(whole))
    }

    struct CodeExample: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let sha256: String
        let sha512: String
    }

    /// RFC 4231, cases 1, 2, 3 and 6; the last key is longer than a block.
    private static let codeExamples: [CodeExample] = [
        CodeExample(
            key: [UInt8](repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
            sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            sha512: """
                87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde
                daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854
                """),
        CodeExample(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
            sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            sha512: """
                164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554
                9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737
                """),
        CodeExample(
            key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
            sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            sha512: """
                fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39
                bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb
                """),
        CodeExample(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            sha512: """
                80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352
                6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598
                """),
    ]

    @Test(arguments: codeExamples)
    func `the codes of RFC 4231 come out`(example: CodeExample) throws {
        #expect(HMAC.authenticate(example.message, with: .sha256, key: example.key) == (try bytes(example.sha256)))
        #expect(HMAC.authenticate(example.message, with: .sha512, key: example.key) == (try bytes(example.sha512)))
    }

    @Test func `one HMAC key serves many messages and threads`() async {
        let hmac = HMAC(.sha256, key: "Jefe")
        let expected = HMAC.authenticate("what do ya want for nothing?", with: .sha256, key: "Jefe")
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    (0..<100).allSatisfy { _ in hmac.verify(expected, of: "what do ya want for nothing?") }
                }
            }
            for await same in group { #expect(same) }
        }
        #expect(!hmac.verify(expected, of: "what do ya want for nothing!"))
        #expect(!hmac.verify(expected.dropLast(), of: "what do ya want for nothing?"))
    }

    @Test func `an empty key and an empty message are allowed`() {
        #expect(
            Hex.encode(HMAC.authenticate("", with: .sha256, key: ""))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    /// RFC 5869, cases 1 and 3.
    @Test func `HKDF gives the keys of RFC 5869`() throws {
        let secret = [UInt8](repeating: 0x0B, count: 22)
        let first = HKDF.derive(
            from: secret, salt: try bytes("000102030405060708090a0b0c"), purpose: try bytes("f0f1f2f3f4f5f6f7f8f9"),
            count: 42)
        #expect(
            Hex.encode(first) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        #expect(
            Hex.encode(HKDF.derive(from: secret, purpose: "", count: 42))
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }
}
