import Crypto
import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct OAuthTests {
    private func withPeer(
        _ more: [String: String] = [:], _ body: (World, ProviderPeer) async throws -> Void
    ) async throws {
        let peer = try await ProviderPeer()
        try await World.lend(peer.variables.merging(more) { $1 }) { world in try await body(world, peer) }
    }

    @Test func `a sign-in makes an account, and the next one finds it`() async throws {
        try await withPeer { world, peer in
            let made = try await world.signIn(.google, at: peer)
            #expect(made.user.email?.rawValue == "ada@example.org" && made.user.isVerified && !made.user.hasPassword)
            #expect(made.user.username == "ada" && made.user.displayName == "Ada L.")
            let again = try await world.signIn(.google, at: peer)
            #expect(again.user.id == made.user.id)
            let sessions = try await world.accounts.sessions(of: try world.who(again))
            #expect(sessions.map(\.method) == [.google, .google])
        }
    }

    @Test func `a taken name gets a number`() async throws {
        try await withPeer { world, peer in
            _ = try await world.register(username: Username("ada"))
            let made = try await world.signIn(.google, at: peer)
            #expect(made.user.username.hasPrefix("ada") && made.user.username.count == 10)
        }
    }

    @Test func `GitHub is asked for the person and the first address`() async throws {
        try await withPeer { world, peer in
            let made = try await world.signIn(.github, at: peer)
            #expect(made.user.email?.rawValue == "ada@example.org" && made.user.displayName == "ada")
            // The name and the address have changed, the number has not.
            try await peer.set(["user": ["id": 4711, "login": "countess"], "emails": []])
            #expect(try await world.signIn(.github, at: peer).user.id == made.user.id)
        }
    }

    @Test func `an address that the provider does not vouch for opens no account and makes none`() async throws {
        try await withPeer { world, peer in
            let owner = try await world.member(of: "ada@example.org")
            for claims in [["email_verified": false], ["email_verified": nil], ["email": nil]] as [[String: JSONValue]]
            {
                try await peer.set(["claims": .object(claims)])
                #expect(try await world.oauthCode(.google, at: peer) == .providerEmailUnverified)
            }
            // Microsoft's administrators can write what they like; another claim says whether it was looked at.
            try await peer.set(["claims": ["tid": "tenant", "oid": "object"]])
            #expect(try await world.oauthCode(.microsoft, at: peer) == .providerEmailUnverified)
            try await peer.set(["claims": ["tid": "tenant", "oid": "object", "xms_edov": true]])
            #expect(try await world.signIn(.microsoft, at: peer).user.id == owner.id)
            try await peer.set([
                "emails": [["email": "ada@example.org", "primary": true, "verified": false]]
            ])
            #expect(try await world.oauthCode(.github, at: peer) == .providerEmailUnverified)
        }
    }

    @Test func `a verified account is joined by its address, and hears of it`() async throws {
        try await withPeer { world, peer in
            let owner = try await world.member(of: "ada@example.org")
            #expect(try await world.signIn(.google, at: peer).user.id == owner.id)
            _ = try await world.login(owner)
            #expect(try await world.openSessions(of: owner).count == 3)
            try await world.runJobs()
            #expect(world.mails.all.last?.subject.hasPrefix("A way to sign in was added") == true)
        }
    }

    @Test func `an account that nobody verified is taken over whole by the owner of the address`() async throws {
        try await withPeer { world, peer in
            let squatter = try await world.register(EmailAddress("ada@example.org"))
            try await world.attach(try Make.phone(), to: squatter)
            _ = try await world.enroll(squatter)
            let owner = try await world.signIn(.google, at: peer)
            #expect(owner.user.id == squatter.id && owner.user.isVerified)
            #expect(!owner.user.hasPassword && !owner.user.hasPhone && !owner.user.hasSecondFactor)
            #expect(try await world.openSessions(of: squatter) == [try world.who(owner).session])
            #expect(try await world.guess(squatter.email, Make.password) == .invalidCredentials)
            #expect(try await world.refreshCode(squatter.signedIn.refreshToken) == .invalidToken)
        }
    }

    @Test func `the second factor is asked for here too`() async throws {
        try await withPeer { world, peer in
            let owner = try await world.member(of: "ada@example.org")
            let app = try await world.enroll(owner).app
            guard case .signIn(.secondFactor(let token, _)) = try await world.oauth(.google, at: peer) else {
                throw Unexpected(what: "no second factor was asked for")
            }
            world.clock.advance(by: .seconds(30))
            let signedIn = try await world.accounts.completeSignIn(
                token, code: app.code(at: world.clock.now), from: Make.origin())
            #expect(signedIn.user.id == owner.id)
        }
    }

    @Test func `of two first sign-ins at once one makes the account, and both are in`() async throws {
        try await withPeer { world, peer in
            let users = try await withThrowingTaskGroup(of: ID<User>.self) { group in
                for _ in 0..<4 { group.addTask { try await world.signIn(.google, at: peer).user.id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(users.count == 1)
        }
    }

    // MARK: The application

    @Test func `an application gets its tokens for its code and verifier, once`() async throws {
        try await withPeer(["OAUTH_REDIRECT_URIS": "org.example.chat://signed-in"]) { world, peer in
            let verifier = Base64URL.encode(SecureRandom.bytes(32))
            let code = try await world.applicationCode(at: peer, verifier)
            guard
                case .complete = try await world.accounts.collectSignIn(
                    code, codeVerifier: verifier, from: Make.origin())
            else { throw Unexpected(what: "not signed in") }
            #expect(try await world.collectionCode(code, verifier) == .invalidCode)
        }
    }

    @Test func `a stolen code is worth nothing, and its use makes it worthless`() async throws {
        try await withPeer(["OAUTH_REDIRECT_URIS": "org.example.chat://signed-in"]) { world, peer in
            let verifier = Base64URL.encode(SecureRandom.bytes(32))
            let stolen = try await world.applicationCode(at: peer, verifier)
            #expect(try await world.collectionCode(stolen, Base64URL.encode(SecureRandom.bytes(32))) == .invalidCode)
            #expect(try await world.collectionCode(stolen, verifier) == .invalidCode)
            let late = try await world.applicationCode(at: peer, verifier)
            world.clock.advance(by: .seconds(61))
            #expect(try await world.collectionCode(late, verifier) == .invalidCode)
        }
    }

    @Test func `an application that is not listed gets nothing`() async throws {
        try await withPeer(["APP_URL": "https://chat.example.org"]) { world, peer in
            let challenge = FlowSecrets.challenge(of: "x")
            for uri in [
                "https://evil.example.org/", "https://chat.example.org.evil.example/", "//chat.example.org",
                "javascript:alert(1)", "https://chat.example.org@evil.example/",
            ] {
                let code = try await world.startCode(uri, challenge)
                #expect(code == .validationFailed, "\(uri)")
            }
            #expect(try await world.startCode("https://chat.example.org/signed-in", nil) == .validationFailed)
            #expect(try await world.startCode("https://chat.example.org/signed-in", challenge) == nil)
            #expect(try await peer.count("token") == 0)
        }
    }

    @Test func `who is signed in adds an identity, which then signs in`() async throws {
        try await withPeer(["OAUTH_REDIRECT_URIS": "org.example.chat://signed-in"]) { world, peer in
            let (person, other) = (try await world.member(), try await world.member())
            let verifier = Base64URL.encode(SecureRandom.bytes(32))
            let code = try await world.applicationCode(at: peer, verifier)
            let identities = try await world.accounts.collectIdentity(
                code, codeVerifier: verifier, password: Make.password, of: person.user, from: Make.origin())
            #expect(identities.map(\.provider) == [.google])
            #expect(try await world.signIn(.google, at: peer).user.id == person.id)
            let second = try await world.applicationCode(at: peer, verifier)
            #expect(
                try await problemCode {
                    _ = try await world.accounts.collectIdentity(
                        second, codeVerifier: verifier, password: Make.password, of: other.user, from: Make.origin())
                } == .identityTaken)
            try await world.accounts.unlink(
                identities[0].id, password: Make.password, of: person.user, from: Make.origin())
            #expect(try await world.accounts.identities(of: person.user).isEmpty)
        }
    }

    @Test func `the last way in cannot be removed`() async throws {
        try await withPeer { world, peer in
            let signedIn = try await world.signIn(.google, at: peer)
            let user = try world.who(signedIn)
            try await world.database.run("update users set email_verified_at = null where id = \(user.id)")
            let identity = try #require(try await world.accounts.identities(of: user).first)
            #expect(
                try await problemCode {
                    try await world.accounts.unlink(identity.id, password: nil, of: user, from: Make.origin())
                } == .lastSignInMethod)
            #expect(try await world.accounts.identities(of: user).count == 1)
        }
    }
}

extension World {
    /// A member with this very address.
    func member(of address: String) async throws -> Person {
        let person = try await register(EmailAddress(address))
        try await runJobs()
        try await accounts.verifyEmail(try #require(mails.token(to: person.email)), from: Make.origin())
        return person
    }

    func applicationCode(at peer: ProviderPeer, _ verifier: String) async throws -> String {
        let outcome = try await oauth(
            .google, at: peer, redirectURI: "org.example.chat://signed-in",
            challenge: FlowSecrets.challenge(of: verifier))
        guard case .redirect(let location) = outcome, let start = location.firstRange(of: "?code=") else {
            throw Unexpected(what: "no code for the application")
        }
        return String(location[start.upperBound...])
    }

    func collectionCode(_ code: String, _ verifier: String) async throws -> Problem.Code? {
        try await problemCode {
            _ = try await accounts.collectSignIn(code, codeVerifier: verifier, from: Make.origin())
        }
    }

    func startCode(_ redirectURI: String, _ challenge: String?) async throws -> Problem.Code? {
        try await problemCode {
            _ = try await accounts.startOAuth(.google, redirectURI: redirectURI, codeChallenge: challenge)
        }
    }
}
