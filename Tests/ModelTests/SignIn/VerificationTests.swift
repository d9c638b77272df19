import Crypto
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct VerificationTests {
    @Test func `the link of the mail verifies the address, once`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            try await world.runJobs()
            let token = try #require(world.mails.token(to: person.email))
            try await world.accounts.verifyEmail(token, from: Make.origin())
            #expect(try await world.accounts.me(person.user).isVerified)
            #expect(try await world.audit(.emailVerified, of: person.id) == 1)
            #expect(
                try await problemCode { try await world.accounts.verifyEmail(token, from: Make.origin()) }
                    == .invalidCode)
        }
    }

    @Test func `a link that is old, forged, or for something else is refused`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            try await world.accounts.forgotPassword(person.email, from: Make.origin())
            try await world.runJobs()
            let reset = try #require(world.mails.token(to: person.email))
            let other = try await world.register()
            try await world.runJobs()
            let late = try #require(world.mails.token(to: other.email))
            let foreign = TokenMint(MasterKeys([.init(id: 1, secret: .random(count: 32))]), for: "mail")
                .token(for: ID<IssuedCode>.new())
            var flipped = Array(late)
            flipped[20] = flipped[20] == "A" ? "B" : "A"
            world.clock.advance(by: .hours(25))
            for token in [reset, late, foreign, String(flipped), "", "x", String(late.dropLast())] {
                #expect(
                    try await problemCode { try await world.accounts.verifyEmail(token, from: Make.origin()) }
                        == .invalidCode)
            }
            #expect(try await !world.accounts.me(other.user).isVerified)
        }
    }

    @Test func `a change of address counts when its link is followed, and the old address hears of it`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            let new = try Make.email("new")
            try await world.accounts.changeEmail(
                to: new, password: Make.password, of: person.user, from: Make.origin())
            try await world.runJobs()
            #expect(try await world.accounts.me(person.user).email == person.email)
            try await world.accounts.verifyEmail(try #require(world.mails.token(to: new)), from: Make.origin())
            let me = try await world.accounts.me(person.user)
            #expect(me.email == new && me.isVerified)
            try await world.runJobs()
            let notice = try #require(world.mails.all.last)
            #expect(notice.to == person.email && notice.link == nil)
        }
    }

    @Test func `a change to an address that somebody else has is refused only where the mailbox was opened`()
        async throws
    {
        try await World.lend { world in
            let (person, other) = (try await world.member(), try await world.member())
            try await world.accounts.changeEmail(
                to: other.email, password: Make.password, of: person.user, from: Make.origin())
            try await world.runJobs()
            let token = try #require(world.mails.token(to: other.email))
            #expect(
                try await problemCode { try await world.accounts.verifyEmail(token, from: Make.origin()) }
                    == .emailTaken)
            #expect(try await world.accounts.me(person.user).email == person.email)
        }
    }

    @Test func `the link can be sent again, a few times`() async throws {
        try await World.lend(["CODES_PER_RECEIVER": "2"]) { world in
            let person = try await world.register()
            for _ in 0..<2 { try await world.accounts.resendVerification(person.user, from: Make.origin()) }
            #expect(
                try await problemCode { try await world.accounts.resendVerification(person.user, from: Make.origin()) }
                    == .tooManyAttempts)
            #expect(try await world.runJobs() == [String](repeating: SendVerification.kind, count: 3))
            try await world.accounts.verifyEmail(
                try #require(world.mails.token(to: person.email)), from: Make.origin())
            try await world.accounts.resendVerification(person.user, from: Make.origin())
            #expect(try await world.runJobs() == [])
        }
    }
}
