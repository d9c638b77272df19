import Crypto
import Testing

struct SealingTests {
    /// NIST's AES-256-GCM case with additional data (number 16 of the GCM specification).
    @Test func `the GCM example of NIST comes out`() throws {
        let key = SecretBytes(copying: try bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let nonce = try bytes("cafebabefacedbaddecaf888")
        let context = try bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let plain = try bytes(
            """
            d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
            1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
            """)
        let sealed = try bytes(
            """
            522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
            8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b
            """)
        #expect(AESGCM.seal(plain, key: key, nonce: nonce, authenticating: context) == sealed)
        #expect(AESGCM.open(sealed, key: key, nonce: nonce, authenticating: context) == plain)
        #expect(AESGCM.open(sealed, key: key, nonce: nonce) == nil)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 100_000])
    func `a sealed value opens to what it was`(count: Int) throws {
        let keys = SealingKeys(current: .random(id: 1))
        let plain = SecureRandom.bytes(count)
        let sealed = keys.seal(plain, context: "users/1")
        #expect(sealed.count == count + SealingKeys.overhead)
        #expect(try keys.open(sealed, context: "users/1") == plain)
    }

    @Test func `a change of any bit is noticed`() throws {
        let keys = SealingKeys(current: .random(id: 1))
        let sealed = keys.seal("a secret", context: "users/1")
        for bit in 0..<sealed.count * 8 {
            var forged = sealed
            forged[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SealError.self) { try keys.open(forged, context: "users/1") }
        }
        for count in 0..<sealed.count {
            #expect(throws: SealError.self) { try keys.open(sealed.prefix(count), context: "users/1") }
        }
    }

    @Test func `a value opens only in the context it was sealed for`() throws {
        let keys = SealingKeys(current: .random(id: 1))
        let sealed = keys.seal("a secret", context: "users/1")
        #expect(throws: SealError.tampered) { try keys.open(sealed, context: "users/2") }
        #expect(throws: SealError.tampered) { try keys.open(sealed, context: "") }
    }

    @Test func `the same value never looks the same`() {
        let keys = SealingKeys(current: .random(id: 1))
        #expect(Set((0..<100).map { _ in keys.seal("", context: "") }).count == 100)
    }

    @Test func `older keys open and the newest seals`() throws {
        let first = SealingKey.random(id: 1)
        let second = SealingKey.random(id: 2)
        let before = SealingKeys(current: first)
        let after = SealingKeys(current: second, older: [first])
        let sealed = before.seal("a secret", context: "")
        #expect(try after.open(sealed, context: "") == Array("a secret".utf8))
        #expect(after.isOutdated(sealed))
        #expect(!after.isOutdated(after.seal("a secret", context: "")))
        #expect(throws: SealError.unknownKey(id: 2)) { try before.open(after.seal("", context: ""), context: "") }
    }

    @Test func `keys derived for two purposes do not open each other's values`() throws {
        let root = SealingKey.random(id: 1)
        let seeds = SealingKeys(current: root.derived(for: "totp seeds"))
        let phones = SealingKeys(current: root.derived(for: "phone numbers"))
        let sealed = seeds.seal("a seed", context: "")
        #expect(throws: SealError.tampered) { try phones.open(sealed, context: "") }
        #expect(
            try SealingKeys(current: root.derived(for: "totp seeds")).open(sealed, context: "") == Array("a seed".utf8))
    }

    @Test func `a key of another length is refused`() {
        #expect(throws: KeyError.unsafeSize(bits: 128)) { try SealingKey(id: 1, secret: .random(count: 16)) }
    }
}
