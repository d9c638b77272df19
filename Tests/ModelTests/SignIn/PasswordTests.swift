import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct PasswordTests {
    @Test func `the link of the mail sets the password, and signs out all devices`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let token = try await world.resetToken(of: person)
            try await world.accounts.resetPassword(token, to: "another password", from: Make.origin())
            #expect(try await world.openSessions(of: person).isEmpty)
            #expect(try await world.guess(person.email, Make.password) == .invalidCredentials)
            _ = try await world.login(person, "another password")
            #expect(try await world.resetCode(token, "a third password") == .invalidCode)
            try await world.runJobs()
            #expect(world.mails.all.last?.subject.hasPrefix("Your password was changed") == true)
        }
    }

    @Test func `a password that is one's own address or name is refused, wherever it is set`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let name = person.signedIn.user.username
            let own = [person.email.rawValue, person.email.rawValue.uppercased(), name]
            for text in own {
                #expect(try await world.changeCode(person, to: text) == .validationFailed)
                let token = try await world.resetToken(of: person)
                #expect(try await world.resetCode(token, text) == .validationFailed)
            }
        }
    }

    @Test func `asking for an unknown address does the same as for a known one, until the mail`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let unknown = try Make.email("nobody")
            for email in [person.email, unknown] {
                try await world.accounts.forgotPassword(email, from: Make.origin())
            }
            let waiting: Int = try await world.database.one(
                "select count(*) from outbox where kind = \(AnswerForgottenPassword.kind)")
            #expect(waiting == 2)
            let kinds = try await world.runJobs()
            #expect(kinds.filter { $0 == AnswerForgottenPassword.kind }.count == 2)
            #expect(kinds.filter { $0 == SendPasswordReset.kind }.count == 1)
            #expect(!world.mails.all.contains { $0.to == unknown })
        }
    }

    @Test func `an unverified address gets no reset mail`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            try await world.accounts.forgotPassword(person.email, from: Make.origin())
            #expect(try await !world.runJobs().contains(SendPasswordReset.kind))
        }
    }

    @Test func `of two resets with one link at once, one counts`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let token = try await world.resetToken(of: person)
            let codes = await withTaskGroup(of: Problem.Code?.self) { group in
                for number in 0..<6 {
                    group.addTask { try? await world.resetCode(token, "password number \(number)") }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == nil }.count == 1 && codes.filter { $0 == .invalidCode }.count == 5)
            #expect(try await world.audit(.passwordReset, of: person.id) == 1)
        }
    }

    @Test func `of two links the use of one makes the other worthless`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let first = try await world.resetToken(of: person)
            let second = try await world.resetToken(of: person)
            try await world.accounts.resetPassword(first, to: "another password", from: Make.origin())
            #expect(try await world.resetCode(second, "a third password") == .invalidCode)
        }
    }

    @Test func `a link is good for an hour, and for the address that it was sent to`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let late = try await world.resetToken(of: person)
            world.clock.advance(by: .hours(1) + .seconds(5))
            #expect(try await world.resetCode(late, "another password") == .invalidCode)
            let other = try await world.member()
            let early = try await world.resetToken(of: other)
            let moved = try Make.email("moved")
            try await world.database.run("update users set email = \(moved) where id = \(other.id)")
            #expect(try await world.resetCode(early, "another password") == .invalidCode)
        }
    }

    @Test func `a reset on an account that was never verified throws out whoever registered it`() async throws {
        try await World.lend { world in
            let squatter = try await world.member()
            let token = try await world.resetToken(of: squatter)
            let phone = try Make.phone()
            try await world.attach(phone, to: squatter)
            _ = try await world.enroll(squatter)
            try await OAuthIdentity.insert(
                ProvenIdentity(provider: .github, subject: "4711", email: nil, isEmailVerified: false, name: nil),
                of: squatter.id, at: world.clock.now, on: world.database)
            try await world.database.run("update users set email_verified_at = null where id = \(squatter.id)")
            try await world.accounts.resetPassword(token, to: "the owner's password", from: Make.origin())
            #expect(try await world.openSessions(of: squatter).isEmpty)
            let signedIn = try await world.login(squatter, "the owner's password")
            #expect(signedIn.user.isVerified && !signedIn.user.hasPhone && !signedIn.user.hasSecondFactor)
            #expect(try await OAuthIdentity.all(of: squatter.id, on: world.database).isEmpty)
            #expect(try await world.audit(.claimed, of: squatter.id) == 1)
        }
    }

    @Test func `a change signs out all other devices`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            for _ in 0..<3 { _ = try await world.login(person) }
            try await world.accounts.changePassword(
                from: Make.password, to: "another password", of: person.user, from: Make.origin())
            #expect(try await world.openSessions(of: person) == [person.user.session])
            _ = try await world.login(person, "another password")
        }
    }

    /// A thief's change hashes while the owner signs all devices out, or is faster with a change of their own.
    @Test(arguments: [true, false])
    func `a change that began before its session or its password ended comes to nothing`(signsOut: Bool) async throws {
        let pool = ThreadPool(name: "slow", threads: 1)
        try await World.lend(hashing: pool) { world in
            let person = try await world.register()
            let gates = [Semaphore(), Semaphore()]
            let first = Task { try await pool.run { gates[0].wait() } }
            let change = Task { try await world.changeCode(person, from: Make.password) }
            try await eventually("the password is checked") { pool.queued == 1 }
            let second = Task { try await pool.run { gates[1].wait() } }
            try await eventually("the next one waits") { pool.queued == 2 }
            gates[0].signal()
            try await first.value
            try await eventually("the new one is hashed") { pool.queued == 1 }
            if signsOut {
                try await world.accounts.logOutEverywhere(person.user, from: Make.origin())
            } else {
                try await world.database.run("update credentials set changed_at = changed_at + interval '1 second'")
            }
            gates[1].signal()
            try await second.value
            #expect(try await change.value == .unauthenticated)
        }
        pool.stop()
    }

    @Test func `a stranger who asks often does not keep the owner from asking`() async throws {
        try await World.lend(["CODES_PER_RECEIVER": "2"]) { world in
            let email = try await world.member().email
            for _ in 0..<2 { try await world.accounts.forgotPassword(email, from: Make.origin("198.51.100.9")) }
            try await world.accounts.forgotPassword(email, from: Make.origin())
        }
    }

    @Test func `a change wants the present password, and guesses at it are throttled`() async throws {
        try await World.lend(["GUESSES_PER_ACCOUNT_AND_ADDRESS": "2"]) { world in
            let person = try await world.register()
            #expect(try await world.changeCode(person, from: nil) == .validationFailed)
            for expected in [Problem.Code.invalidCredentials, .invalidCredentials, .tooManyAttempts] {
                #expect(try await world.changeCode(person, from: "wrong") == expected)
            }
        }
    }

    @Test func `without a password a sign-in of just now takes its place`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            try await Credential.remove(of: person.id, on: world.database)
            world.clock.advance(by: .minutes(11))
            #expect(try await world.changeCode(person, from: nil) == .signInAgain)
            world.clock.set(to: world.clock.now - .minutes(5))
            #expect(try await world.changeCode(person, from: nil) == nil)
            _ = try await world.login(person, "another password")
        }
    }

    @Test func `asking again and again is throttled, known or not`() async throws {
        try await World.lend(["CODES_PER_RECEIVER": "2"]) { world in
            for email in [try await world.member().email, try Make.email("nobody")] {
                // A member has had the mail that verified the address; that was not asked for by anybody else.
                for _ in 0..<2 { try await world.accounts.forgotPassword(email, from: Make.origin()) }
                #expect(
                    try await problemCode { try await world.accounts.forgotPassword(email, from: Make.origin()) }
                        == .tooManyAttempts)
            }
        }
    }
}

extension World {
    func resetToken(of person: Person) async throws -> String {
        try await accounts.forgotPassword(person.email, from: Make.origin())
        try await runJobs()
        return try #require(mails.token(to: person.email))
    }

    func resetCode(_ token: String, _ password: String) async throws -> Problem.Code? {
        try await problemCode { try await accounts.resetPassword(token, to: password, from: Make.origin()) }
    }

    func changeCode(
        _ person: Person, from current: String? = Make.password, to new: String = "another password"
    ) async throws -> Problem.Code? {
        try await problemCode {
            try await accounts.changePassword(
                from: current, to: new, of: person.user, from: Make.origin())
        }
    }
}
