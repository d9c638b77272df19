import Runtime
import Testing

@testable import Crypto

struct PasswordTests {
    private static let pool = ThreadPool(name: "passwords", threads: 2)
    private static let cheap = Argon2Cost(kibibytes: 64, passes: 1)

    private func hasher(cost: Argon2Cost = cheap, pepper: SecretBytes? = nil) -> PasswordHasher {
        PasswordHasher(cost: cost, pepper: pepper, pool: Self.pool)
    }

    @Test func `the Argon2id example of RFC 9106 comes out`() {
        let tag = Argon2.tag(
            of: [UInt8](repeating: 1, count: 32), salt: [UInt8](repeating: 2, count: 16),
            secret: [UInt8](repeating: 3, count: 8), context: [UInt8](repeating: 4, count: 12),
            cost: Argon2Cost(kibibytes: 32, passes: 3, lanes: 4), count: 32)
        #expect(Hex.encode(tag) == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
    }

    @Test func `a hash accepts its password and no other`() async throws {
        let hasher = hasher()
        let stored = try #require(PasswordHash(try await hasher.hash("correct horse").text))
        #expect(stored.text.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
        #expect(try await hasher.verify("correct horse", against: stored))
        #expect(try await !hasher.verify("correct horsE", against: stored))
        #expect(try await !hasher.verify("", against: stored))
        #expect(try await !hasher.verify("correct horse", against: nil))
    }

    @Test func `empty, long and foreign passwords work`() async throws {
        let hasher = hasher()
        for password in ["", String(repeating: "x", count: 100_000), "пароль 🔑", "a\0b"] {
            let stored = try await hasher.hash(password)
            #expect(try await hasher.verify(password, against: stored))
        }
        #expect(try await !hasher.verify("a", against: hasher.hash("a\0b")))
    }

    @Test func `a hash of another library is accepted`() async throws {
        // Made with `argon2id_hash_encoded` of the reference implementation.
        let stored = try #require(PasswordHash(Samples.argon2id))
        #expect(try await hasher().verify("correct horse", against: stored))
        #expect(stored.text == Samples.argon2id)
    }

    @Test func `without its pepper a hash accepts nothing`() async throws {
        let stored = try await hasher(pepper: SecretBytes(copying: "pepper")).hash("correct horse")
        #expect(try await !hasher().verify("correct horse", against: stored))
        #expect(try await hasher(pepper: SecretBytes(copying: "pepper")).verify("correct horse", against: stored))
    }

    @Test func `a hash of another cost still works and is due for renewal`() async throws {
        let stored = try await hasher().hash("correct horse")
        let dearer = hasher(cost: Argon2Cost(kibibytes: 128, passes: 1))
        #expect(try await dearer.verify("correct horse", against: stored))
        #expect(dearer.needsRehash(stored))
        #expect(!hasher().needsRehash(stored))
    }

    @Test(arguments: [
        "", "correct horse", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$TAG",
        "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$TAG",
        "$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$TAG", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$TAG", "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$TAG",
        "$argon2id$v=19$m=64,t=1,p=99$c29tZXNhbHQ$TAG", "$argon2id$v=19$m=064,t=1,p=1$c29tZXNhbHQ$TAG",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZQ$TAG", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ=$TAG",
    ])
    func `what is no sane hash is refused`(text: String) {
        #expect(PasswordHash(Self.tagged(text)) == nil)
    }

    /// `TAG` stands for 32 bytes.
    private static func tagged(_ text: String) -> String {
        text.hasSuffix("TAG") ? text.dropLast(3) + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" : text
    }

    @Test func `the refused texts differ from an accepted one only where they should`() {
        #expect(PasswordHash(Self.tagged("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$TAG")) != nil)
    }
}
