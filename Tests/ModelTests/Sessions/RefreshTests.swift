import Crypto
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct RefreshTests {
    @Test func `each use brings another pair, and the device stays signed in`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            var token = person.signedIn.refreshToken
            for _ in 0..<4 {
                world.clock.advance(by: .days(6))
                let fresh = try await world.accounts.refresh(token, from: Make.origin())
                #expect(fresh.refreshToken != token)
                let claims = try world.accounts.tokens.check(fresh.accessToken, at: world.clock.now)
                #expect(claims.user == person.id && claims.session == person.user.session)
                token = fresh.refreshToken
            }
        }
    }

    @Test func `a device that lost the answer gets the same one again`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let first = try await world.accounts.refresh(person.signedIn.refreshToken, from: Make.origin())
            world.clock.advance(by: .seconds(20))
            let again = try await world.accounts.refresh(person.signedIn.refreshToken, from: Make.origin())
            #expect(again.refreshToken == first.refreshToken)
            _ = try await world.accounts.refresh(again.refreshToken, from: Make.origin())
        }
    }

    @Test func `of many refreshes at once all get the same successor`() async throws {
        try await World.lend { world in
            let token = try await world.register().signedIn.refreshToken
            let successors = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await world.accounts.refresh(token, from: Make.origin()).refreshToken }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
            let generation: Int = try await world.database.one("select generation from sessions")
            #expect(generation == 1)
        }
    }

    @Test(arguments: [false, true])
    func `a token that comes once more later ends the session, for thief and owner alike`(
        isOneBefore: Bool
    ) async throws {
        try await World.lend { world in
            let person = try await world.member()
            let stolen = person.signedIn.refreshToken
            var newest = try await world.accounts.refresh(stolen, from: Make.origin()).refreshToken
            if !isOneBefore { newest = try await world.accounts.refresh(newest, from: Make.origin()).refreshToken }
            // The one used last is forgiven for half a minute; one before that never is.
            if isOneBefore { world.clock.advance(by: .seconds(31)) }
            #expect(try await world.refreshCode(stolen, from: Make.origin("203.0.113.5")) == .invalidToken)
            #expect(try await world.refreshCode(newest) == .invalidToken)
            #expect(try await world.openSessions(of: person).isEmpty)
            #expect(try await world.audit(.tokenReused, of: person.id) == 1)
            try await world.runJobs()
            #expect(world.mails.all.last?.subject.hasPrefix("A device was signed out") == true)
        }
    }

    @Test func `other devices are not touched by it`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let other = try await world.login(person)
            let stolen = person.signedIn.refreshToken
            _ = try await world.accounts.refresh(stolen, from: Make.origin())
            world.clock.advance(by: .minutes(1))
            #expect(try await world.refreshCode(stolen) == .invalidToken)
            _ = try await world.accounts.refresh(other.refreshToken, from: Make.origin())
        }
    }

    @Test func `a made-up token neither works nor ends the session that it names`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let foreign = KeyRing([.random(count: 32)])
            let seed: [UInt8] = try await world.database.one("select seed from sessions")
            let made = [
                RefreshToken(person.user.session, 0, seed: seed, foreign).text,
                RefreshToken(
                    person.user.session, 0, seed: [UInt8](repeating: 0, count: 32), world.secrets.refreshTokens
                )
                .text,
                RefreshToken(.new(), 0, seed: seed, world.secrets.refreshTokens).text,
                "", "x", String(person.signedIn.refreshToken.dropLast()) + "!",
            ]
            for token in made { #expect(try await world.refreshCode(token) == .invalidToken) }
            _ = try await world.accounts.refresh(person.signedIn.refreshToken, from: Make.origin())
        }
    }

    @Test func `a device that was not used for a week has to sign in again`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            world.clock.advance(by: .days(7) + .seconds(1))
            #expect(try await world.refreshCode(person.signedIn.refreshToken) == .invalidToken)
            #expect(try await world.audit(.tokenReused, of: person.id) == 0)
        }
    }

    @Test func `after ninety days every device has to sign in again`() async throws {
        try await World.lend { world in
            var token = try await world.register().signedIn.refreshToken
            for _ in 0..<14 {
                world.clock.advance(by: .days(6))
                token = try await world.accounts.refresh(token, from: Make.origin()).refreshToken
            }
            world.clock.advance(by: .days(6))
            #expect(try await world.refreshCode(token) == .invalidToken)
        }
    }

    @Test func `after signing out the token is worth nothing`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            try await world.accounts.logOut(person.user, from: Make.origin())
            #expect(try await world.refreshCode(person.signedIn.refreshToken) == .invalidToken)
        }
    }

    /// The writer dies after its commit: the device asks again, and is answered as if nothing had happened.
    @Test func `a commit whose answer was never given costs nothing`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            try await world.database.run(
                """
                update sessions
                set generation = generation + 1, rotated_at = \(world.clock.now)
                where id = \(person.user.session)
                """)
            let fresh = try await world.accounts.refresh(person.signedIn.refreshToken, from: Make.origin())
            _ = try await world.accounts.refresh(fresh.refreshToken, from: Make.origin())
        }
    }

    @Test func `tokens outlive a change of the key while the old one is still listed`() async throws {
        let (old, new) = (SecretBytes.random(count: 32), SecretBytes.random(count: 32))
        let before = AccountSecrets(MasterKeys([.init(id: 1, secret: old)]))
        let after = AccountSecrets(MasterKeys([.init(id: 2, secret: new), .init(id: 1, secret: old)]))
        let (session, seed) = (ID<Session>.new(), SecureRandom.bytes(32))
        let token = try #require(RefreshToken(RefreshToken(session, 7, seed: seed, before.refreshTokens).text))
        #expect(token.session == session && token.generation == 7)
        #expect(token.isGenuine(seed: seed, after.refreshTokens))
        let later = AccountSecrets(MasterKeys([.init(id: 2, secret: new)]))
        #expect(!token.isGenuine(seed: seed, later.refreshTokens))
    }
}

extension World {
    /// What a refresh is answered with.
    func refreshCode(_ token: String, from origin: Origin = Make.origin()) async throws -> Problem.Code? {
        try await problemCode { _ = try await accounts.refresh(token, from: origin) }
    }
}
