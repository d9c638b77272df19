import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct RegistrationTests {
    @Test func `a new account can be used at once, and owes one mail`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let me = try await world.accounts.me(person.user)
            #expect(me.email == person.email && !me.isVerified && me.hasPassword && me.role == .member)
            #expect(person.signedIn.expiresIn == .minutes(15))
            #expect(try await world.runJobs() == [SendVerification.kind])
            #expect(world.mails.all.map(\.to) == [person.email])
            #expect(try await world.audit(.registered, of: person.id) == 1)
            #expect(try await world.audit(.signedIn, of: person.id) == 1)
        }
    }

    @Test func `a taken address or name is refused, however it is spelt`() async throws {
        try await World.lend { world in
            let name = try Make.username()
            let person = try await world.register(username: name)
            let shouted = try #require(EmailAddress("  \(person.email.rawValue.uppercased()) "))
            #expect(try await problemCode { _ = try await world.register(shouted) } == .emailTaken)
            let capital = try #require(Username(name.rawValue.uppercased()))
            #expect(try await problemCode { _ = try await world.register(username: capital) } == .usernameTaken)
        }
    }

    @Test func `of two registrations of one address at once, one succeeds`() async throws {
        try await World.lend { world in
            let email = try Make.email()
            let codes = await withTaskGroup(of: Problem.Code?.self) { group in
                for _ in 0..<6 {
                    group.addTask { try? await problemCode { _ = try await world.register(email) } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1)
            #expect(codes.filter { $0 == .emailTaken }.count == 5)
            // What was refused left nothing behind, no job either.
            #expect(try await world.database.one("select count(*) from one_time_codes", as: Int.self) == 1)
            #expect(try await world.runJobs() == [SendVerification.kind])
        }
    }

    @Test(arguments: [
        ("short", "too_short"), ("password1", "invalid"), ("aaaaaaaaaa", "invalid"), ("abcdefghij", "invalid"),
        ("98765432", "invalid"), (String(repeating: "long ", count: 30), "too_long"),
    ])
    func `a password that would be guessed first is refused`(password: String, code: String) async throws {
        try await World.lend { world in
            let problem = try await problem { _ = try await world.register(password: password) }
            #expect(problem?.code == .validationFailed)
            #expect(problem?.errors.map(\.path) == ["password"])
            #expect(problem?.errors.map(\.code.rawValue) == [code])
        }
    }

    @Test func `a password that is the person's own address or name is refused`() async throws {
        try await World.lend { world in
            let (email, name) = (try Make.email(), try Make.username("somebody"))
            for password in [email.rawValue, name.rawValue.uppercased()] {
                #expect(
                    try await problemCode { _ = try await world.register(email, username: name, password: password) }
                        == .validationFailed)
            }
        }
    }

    @Test func `registrations from one address are throttled, so that it cannot be asked who has an account`()
        async throws
    {
        try await World.lend(["REGISTRATIONS_PER_ADDRESS": "2"]) { world in
            let person = try await world.register()
            #expect(try await problemCode { _ = try await world.register(person.email) } == .emailTaken)
            let third = try await problem { _ = try await world.register(person.email) }
            #expect(third?.code == .tooManyAttempts)
            #expect(try #require(third?.retryAfter) > .minutes(55))
            _ = try await world.register(from: Make.origin("198.51.100.9"))
        }
    }

    @Test func `a process that dies before the commit leaves nothing, and the address free`() async throws {
        try await World.lend { world in
            let email = try Make.email()
            let accounts = world.accounts
            await #expect(throws: Unexpected.self) {
                try await world.durable.transaction { transaction in
                    let id = ID<User>.new()
                    try await User.insert(
                        id, username: try Make.username(), email: email, verifiedAt: nil, displayName: "",
                        at: world.clock.now, on: transaction)
                    try await accounts.sendVerification(to: email, of: id, on: transaction)
                    throw Unexpected(what: "the process is gone")
                }
            }
            #expect(try await world.runJobs() == [])
            _ = try await world.register(email)
        }
    }
}
