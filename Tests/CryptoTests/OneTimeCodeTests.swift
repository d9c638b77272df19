import Crypto
import Runtime
import Testing

struct OneTimeCodeTests {
    private static let seed = "12345678901234567890"
    private let code = OneTimeCode(secret: SecretBytes(copying: seed))

    @Test func `the counter codes of RFC 4226 come out`() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        #expect((0..<10).map { code.code(counter: $0) } == expected)
    }

    @Test(arguments: [
        (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
        (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
        (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
    ])
    func `the time codes of RFC 6238 come out`(seconds: Int64, sha1: String, sha256: String, sha512: String) {
        let time = Timestamp(seconds: seconds)
        func code(_ hash: Hash) -> String {
            let seed = String(repeating: Self.seed, count: 4).prefix(hash.byteCount)
            return OneTimeCode(secret: SecretBytes(copying: seed), hash: hash, digits: 8).code(at: time)
        }
        #expect(code(.sha1) == sha1)
        #expect(code(.sha256) == sha256)
        #expect(code(.sha512) == sha512)
    }

    @Test func `clocks may differ by one step and no more`() {
        let now = Timestamp(seconds: 1_700_000_010)
        let step = code.step(at: now)
        for away in -3...3 {
            let typed = code.code(at: now + .seconds(30 * away))
            #expect(code.verify(typed, at: now) == (abs(away) <= 1 ? step + Int64(away) : nil))
        }
        #expect(code.verify("", at: now) == nil)
        #expect(code.verify(String(code.code(at: now).dropLast()), at: now) == nil)
    }

    @Test func `a code works once, and no older one after it`() throws {
        let now = Timestamp(seconds: 1_700_000_010)
        let used = try #require(code.verify(code.code(at: now), at: now))
        #expect(code.verify(code.code(at: now), at: now, lastUsed: used) == nil)
        #expect(code.verify(code.code(at: now - .seconds(30)), at: now, lastUsed: used) == nil)
        let next = now + .seconds(30)
        #expect(code.verify(code.code(at: next), at: next, lastUsed: used) == used + 1)
    }

    @Test func `the address for the app names issuer, account and secret`() {
        #expect(
            code.uri(issuer: "Switch & Yard", account: "ada@example.org")
                == "otpauth://totp/Switch%20%26%20Yard:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=Switch%20%26%20Yard&algorithm=SHA1&digits=6&period=30")
    }

    @Test func `a new secret has 160 bits of its own`() {
        #expect(OneTimeCode.random().secret.count == 20)
        #expect(OneTimeCode.random().secret.byteArray != OneTimeCode.random().secret.byteArray)
    }
}
