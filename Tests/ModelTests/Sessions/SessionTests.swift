import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct SessionTests {
    @Test func `a person ends another device, and only their own`() async throws {
        try await World.lend { world in
            let (person, stranger) = (try await world.register(), try await world.register())
            let other = try world.who(try await world.login(person))
            #expect(
                try await problemCode {
                    try await world.accounts.endSession(other.session, of: stranger.user, from: Make.origin())
                } == .notFound)
            try await world.accounts.endSession(other.session, of: person.user, from: Make.origin())
            #expect(try await world.openSessions(of: person) == [person.user.session])
            #expect(
                try await problemCode {
                    try await world.accounts.endSession(other.session, of: person.user, from: Make.origin())
                } == .notFound)
            #expect(try await world.audit(.signedOut, of: person.id) == 1)
        }
    }

    @Test func `signing out everywhere leaves no device`() async throws {
        try await World.lend { world in
            let (person, stranger) = (try await world.register(), try await world.register())
            for _ in 0..<3 { _ = try await world.login(person) }
            try await world.accounts.logOutEverywhere(person.user, from: Make.origin())
            #expect(try await world.openSessions(of: person).isEmpty)
            #expect(try await world.openSessions(of: stranger).count == 1)
        }
    }

    @Test func `a device that was forgotten is not listed`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            world.clock.advance(by: .days(8))
            _ = try await world.login(person)
            #expect(try await world.openSessions(of: person).count == 1)
        }
    }
}
