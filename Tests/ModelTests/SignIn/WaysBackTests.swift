import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Somebody has been in an account of another, and has prepared to come back. When the owner puts them out, they stay out.
@Suite(.ownAccounts) struct WaysBackTests {
    enum PuttingOut: CaseIterable { case change, reset, everywhere }

    private func putOut(_ person: Person, by way: PuttingOut, in world: World) async throws {
        switch way {
        case .change:
            try await world.accounts.changePassword(
                from: Make.password, to: "another password", of: person.user, from: Make.origin())
        case .reset:
            try await world.accounts.resetPassword(
                try await world.resetToken(of: person), to: "another password", from: Make.origin())
        case .everywhere: try await world.accounts.logOutEverywhere(person.user, from: Make.origin())
        }
    }

    @Test(arguments: PuttingOut.allCases)
    func `an address that was asked for before does not become the account's afterwards`(way: PuttingOut) async throws {
        try await World.lend { world in
            let person = try await world.member()
            let thief = try Make.email("thief")
            try await world.accounts.changeEmail(
                to: thief, password: Make.password, of: person.user, from: Make.origin("203.0.113.5"))
            try await world.runJobs()
            let token = try #require(world.mails.token(to: thief))
            try await putOut(person, by: way, in: world)
            let refused = try await problemCode { try await world.accounts.verifyEmail(token, from: Make.origin()) }
            #expect(refused == .invalidCode)
            let email: EmailAddress? = try await world.database.one(
                "select email from users where id = \(person.id)")
            #expect(email == person.email)
        }
    }

    @Test(arguments: PuttingOut.allCases)
    func `the half of a sign-in from before is worth nothing afterwards`(way: PuttingOut) async throws {
        try await World.lend { world in
            let person = try await world.member()
            let codes = try await world.enroll(person).backupCodes
            let half = try await world.half(person)
            try await putOut(person, by: way, in: world)
            #expect(try await world.completionCode(half, codes[0]) == .secondFactorExpired)
        }
    }

    @Test func `a stolen session alone does not put a number into the account`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let phone = try Make.phone()
            let code = try await world.phoneCode(phone, for: person.user)
            for (password, expected) in [(nil, Problem.Code.validationFailed), ("wrong", .invalidCredentials)] {
                let refused = try await problemCode {
                    _ = try await world.accounts.verifyPhone(
                        phone, code: code, password: password, for: person.user, from: Make.origin())
                }
                #expect(refused == expected)
            }
            #expect(try await !world.accounts.me(person.user).hasPhone)
            _ = try await world.accounts.verifyPhone(
                phone, code: code, password: Make.password, for: person.user, from: Make.origin())
            try await world.runJobs()
            #expect(world.mails.all.last?.to == person.email)
            #expect(world.mails.all.last?.subject.hasPrefix("A way to sign in was added") == true)
        }
    }

    @Test func `who takes an account over is not deleted by the wish of who had registered it`() async throws {
        let peer = try await ProviderPeer()
        try await World.lend(peer.variables) { world in
            let squatter = try await world.register(EmailAddress("ada@example.org"))
            _ = try await world.accounts.requestDeletion(
                of: squatter.user, password: Make.password, from: Make.origin())
            let owner = try await world.signIn(.google, at: peer)
            #expect(owner.user.id == squatter.id && owner.user.deletionDueAt == nil)
        }
    }

    @Test func `wrong codes and lost backup codes of who is signed in are written down`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let codes = try await world.enroll(person).backupCodes
            #expect(try await world.disablingCode(person, Make.password, "000000x") == .invalidCode)
            #expect(try await world.audit(.secondFactorFailed, of: person.id) == 1)
            #expect(try await world.disablingCode(person, Make.password, codes[0]) == nil)
            #expect(try await world.audit(.backupCodeUsed, of: person.id) == 1)
        }
    }

    @Test func `wrong codes of text messages are written down for the owner of the number`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let phone = try Make.phone()
            try await world.attach(phone, to: person)
            _ = try await world.phoneCode(phone)
            #expect(try await world.phoneProblem(phone, "000000x")?.code == .invalidCode)
            #expect(try await world.audit(.phoneCodeFailed, of: person.id) == 1)
            try await world.accounts.forgotPassword(person.email, from: Make.origin())
            try await world.runJobs()
            #expect(try await world.audit(.resetAsked, of: person.id) == 0)
        }
    }
}
