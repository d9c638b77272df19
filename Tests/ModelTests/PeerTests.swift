import Crypto
import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// What programs of others say of what we make.
enum Peers {
    static let python = "/usr/bin/python3"
    static let folder = Repository.root + "/Tests/ModelTests/Peers"

    static func ask(_ question: JSONValue) async throws -> JSONValue {
        let text = try JSONCoder.text(question)
        let answer = try await TestProcess.run(python, ["\(folder)/check.py", text])
        return try JSONCoder.decode(JSONValue.self, from: answer)
    }
}

@Suite(.ownAccounts) struct PeerTests {
    enum Signing: String, CaseIterable { case hs256 = "HS256", rs256 = "RS256", es256 = "ES256" }

    @Test(arguments: Signing.allCases) func `PyJWT accepts our access tokens`(signing: Signing) async throws {
        let secret = "an installation's own token secret, long enough"
        var variables = ["API_URL": "https://api.example.org"], key = secret
        if signing != .hs256 {
            let pair = try PrivateKey(generating: signing == .rs256 ? .rsa : .p256)
            variables["JWT_PRIVATE_KEY"] = pair.pem
            key = pair.publicKey.pem
        } else {
            variables["JWT_SECRET"] = secret
        }
        try await World.lend(variables) { [key] world in
            let person = try await world.register()
            let said = try await Peers.ask([
                "kind": "jwt", "token": .string(person.signedIn.accessToken), "key": .string(key),
                "algorithm": .string(signing.rawValue), "audience": "switchyard", "issuer": "https://api.example.org",
            ])
            #expect(said["claims"]?["sub"]?.string == "\(person.id)")
            #expect(said["claims"]?["sid"]?.string == "\(person.user.session)")
            let (start, end) = (said["claims"]?["iat"]?.integer, said["claims"]?["exp"]?.integer)
            #expect(try #require(end) - #require(start) == 900)
            #expect(said["header"]?["typ"]?.string == "at+jwt")
        }
    }

    @Test func `a token of PyJWT counts where it is right in everything, and nowhere else`() async throws {
        let secret = "an installation's own token secret, long enough"
        try await World.lend(["JWT_SECRET": secret, "API_URL": "https://api.example.org"]) { world in
            let person = try await world.register()
            let now = world.clock.now.seconds
            func accepts(_ changes: [String: JSONValue] = [:], type: JSONValue = "at+jwt", key: String? = nil)
                async throws -> Bool
            {
                let claims: [String: JSONValue] = [
                    "iss": "https://api.example.org", "aud": "switchyard", "sub": .string("\(person.id)"),
                    "sid": .string("\(person.user.session)"), "iat": .number(now), "exp": .number(now + 900),
                ]
                let token = try await Peers.ask([
                    "kind": "make-jwt", "key": .string(key ?? secret), "algorithm": "HS256",
                    "claims": .object(claims.merging(changes) { $1 }), "headers": ["typ": type],
                ])
                return (try? world.accounts.tokens.check(try #require(token.string), at: world.clock.now)) != nil
            }
            #expect(try await accepts())
            #expect(try await !accepts(key: "another installation's token secret, as long"))
            #expect(try await !accepts(type: "JWT"))
            for wrong in [
                ["iss": "https://elsewhere.example.org"], ["aud": "others"], ["exp": .number(now - 1)], ["sub": "me"],
                ["sid": nil], ["exp": "later"],
            ] as [[String: JSONValue]] {
                #expect(try await !accepts(wrong), "\(wrong)")
            }
        }
    }

    @Test func `pyotp reads our link, and finds the same codes`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let enrollment = try await world.accounts.enrollSecondFactor(
                person.user, password: Make.password, from: Make.origin())
            let app = try world.app(enrollment.secret)
            let now = world.clock.now
            let times = [now, now + .seconds(30), now + .hours(5), Timestamp(seconds: 59)]
            let said = try await Peers.ask([
                "kind": "totp", "uri": .string(enrollment.uri), "now": .number(now.seconds),
                "times": .array(times.map { .number($0.seconds) }),
                "ours": [.string(app.code(at: now)), .string(app.code(at: now + .minutes(5)))],
            ])
            #expect(said["codes"] == .array(times.map { .string(app.code(at: $0)) }))
            #expect(said["name"]?.string == person.email.rawValue && said["issuer"]?.string == "Switchyard")
            #expect(said["accepts"] == [true, false])
        }
    }

    @Test func `argon2-cffi verifies our hashes, and we verify theirs`() async throws {
        try await World.lend { world in
            let password = "pässwörter sind länger 🔑"
            let person = try await world.register(password: password)
            let hash = try #require(try await Credential.find(person.id, from: Make.origin(), on: world.database)?.hash)
            let said = try await Peers.ask([
                "kind": "argon2", "hash": .string(hash.text), "password": .string(password),
            ])
            #expect(said["right"] == true && said["wrong"] == false)
            #expect(said["parameters"]?.string?.contains("memory_cost=64") == true)
            let theirs = try #require(said["theirs"]?.string.flatMap { PasswordHash($0) })
            try await Credential.set(theirs, of: person.id, at: world.clock.now, on: world.database)
            _ = try await world.login(person, password)
        }
    }
}
