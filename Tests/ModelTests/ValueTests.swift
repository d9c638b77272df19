import Crypto
import HTTP
import Runtime
import Testing

@testable import Model

struct ValueTests {
    @Test(arguments: [
        ("Ada@Example.ORG", "ada@example.org"), (" a+b@c.de ", "a+b@c.de"),
        ("o'neil@mail.example.co", "o'neil@mail.example.co"),
    ])
    func `an address has one spelling`(text: String, expected: String) {
        #expect(EmailAddress(text)?.rawValue == expected)
    }

    @Test(arguments: [
        "", "ada", "@example.org", "ada@", "ada@example", "a b@example.org", "ada@@example.org", "ada@-example.org",
        "ada.@example.org", ".ada@example.org", "a..b@example.org", "ada@example.123", "ada@exam\nple.org",
        "\"ada\"@example.org", "ada@[127.0.0.1]", "ädä@example.org", "ada@example.org\0",
        String(repeating: "a", count: 65) + "@example.org", "a@" + String(repeating: "b.", count: 130) + "org",
    ])
    func `what cannot be an address is none`(text: String) { #expect(EmailAddress(text) == nil) }

    @Test(arguments: [("Ada.Lovelace", "ada.lovelace"), ("a_1", "a_1"), (" Grace ", "grace")])
    func `a username has one spelling`(text: String, expected: String) {
        #expect(Username(text)?.rawValue == expected)
    }

    @Test(arguments: ["ab", ".ada", "ada_", "a b", "ádá", "me", "Admin", String(repeating: "a", count: 31), "a-b"])
    func `what cannot be a username is none`(text: String) { #expect(Username(text) == nil) }

    @Test(arguments: [("+49 (151) 000-000", "+49151000000"), ("+14155550123", "+14155550123")])
    func `a number has one spelling`(text: String, expected: String) { #expect(PhoneNumber(text)?.text == expected) }

    @Test(arguments: [
        "", "+", "0151123456", "+0151123456", "+1234567", "+1234567890123456", "+49abc12345", "49151000000",
    ])
    func `what cannot be a number is none`(text: String) { #expect(PhoneNumber(text) == nil) }

    @Test func `a number is shown by its last digits`() throws {
        #expect("\(try #require(PhoneNumber("+4915100123")))" == "••••••••123")
    }

    @Test(arguments: [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::/48"),
    ])
    func `addresses are counted by what one holder has`(address: String, network: String, neighbourhood: String) {
        let origin = Origin(address: IPAddress(address))
        #expect(origin.network == network && origin.neighbourhood == neighbourhood)
    }

    @Test func `a user agent is cut to what the tables hold, and bears no control characters`() {
        let origin = Origin(userAgent: "a\r\nb" + String(repeating: "x", count: 500))
        #expect(origin.userAgent?.hasPrefix("abxx") == true && origin.userAgent?.unicodeScalars.count == 120)
    }
}

struct SecretsTests {
    private func keys(_ text: String) throws -> MasterKeys {
        var reader = ConfigReader(["ENCRYPTION_KEY": text, "APP_ENV": "production"])
        return try reader.load(MasterKeys.self)
    }

    private func complaints(_ variables: [String: String]) -> [String] {
        var reader = ConfigReader(variables)
        _ = MasterKeys(from: &reader)
        _ = SignInKey(from: &reader)
        return reader.complaints.map(\.name)
    }

    @Test func `a token is good for its purpose and its installation alone`() throws {
        let (ours, others) = (try keys("1:" + Self.random), try keys("1:" + Self.random))
        let mint = TokenMint(ours, for: "one")
        let id = ID<IssuedCode>.new()
        #expect(mint.id(in: mint.token(for: id), of: IssuedCode.self) == id)
        #expect(TokenMint(ours, for: "two").id(in: mint.token(for: id), of: IssuedCode.self) == nil)
        #expect(TokenMint(others, for: "one").id(in: mint.token(for: id), of: IssuedCode.self) == nil)
    }

    @Test func `what an older key has sealed still opens, and is found`() throws {
        let (old, new) = (Self.random, Self.random)
        let before = AccountSecrets(try keys("1:" + old)), after = AccountSecrets(try keys("2:\(new),1:\(old)"))
        let user = ID<User>.new(), phone = try #require(PhoneNumber("+4915100123"))
        let sealed = before.seal(phone.text, as: "phone", of: user)
        #expect(try after.open(sealed, as: "phone", of: user) == Array(phone.text.utf8))
        #expect(after.digests(of: phone).contains(before.digest(of: phone)))
        let code = ID<IssuedCode>.new()
        #expect(after.matches(before.phoneCode(of: code), codeOf: code))
    }

    @Test func `a plain text is a key too, and stays key 1`() throws {
        let text = "a plain text of an earlier system: long enough"
        let before = AccountSecrets(try keys(text)), after = AccountSecrets(try keys("2:\(Self.random),1:\(text)"))
        let user = ID<User>.new()
        let sealed = before.seal("x", as: "totp", of: user)
        #expect(try after.open(sealed, as: "totp", of: user) == Array("x".utf8))
    }

    @Test(arguments: ["short", "1:short", "2:\(random),2:\(random)", "2:\(random)," + random])
    func `a key that is none is complained of`(text: String) {
        #expect(complaints(["ENCRYPTION_KEY": text]) == ["ENCRYPTION_KEY"])
    }

    @Test func `production has secrets of its own`() {
        #expect(complaints([:]) == [])
        #expect(complaints(["APP_ENV": "production"]) == ["ENCRYPTION_KEY", "JWT_SECRET"])
        let known = ["ENCRYPTION_KEY": "switchyard-development-encryption-key", "APP_ENV": "production"]
        #expect(complaints(known).contains("ENCRYPTION_KEY"))
    }

    @Test func `one of the two signing keys is enough, and both are too many`() throws {
        let pem = try PrivateKey(generating: .p256).pem
        #expect(complaints(["JWT_PRIVATE_KEY": pem]) == [])
        #expect(complaints(["JWT_PRIVATE_KEY": pem.replacing("\n", with: "\\n")]) == [])
        #expect(complaints(["JWT_PRIVATE_KEY": "nonsense"]) == ["JWT_PRIVATE_KEY"])
        #expect(complaints(["JWT_SECRET": "short"]) == ["JWT_SECRET"])
        #expect(complaints(["JWT_PRIVATE_KEY": pem, "JWT_SECRET": Self.random]) == ["JWT_SECRET"])
    }

    private static var random: String { Base64.encode(SecureRandom.bytes(32)) }
}
