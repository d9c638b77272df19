import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct RevocationTests {
    private func revocations(_ world: World) -> Revocations {
        Revocations(world.database, tokenLifetime: .minutes(15), loops: World.loops, log: .silent)
    }

    @Test func `a session that ends is known to another process at once`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let others = revocations(world)
            try await others.start()
            #expect(others.contains(person.user.session) == false)
            try await world.accounts.logOut(person.user, from: Make.origin())
            try await eventually { others.contains(person.user.session) == true }
            await others.stop()
        }
    }

    @Test func `all devices of a person are known to be out when they are`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let list = revocations(world)
            try await list.start()
            for _ in 0..<5 { _ = try await world.login(person) }
            let open = try await world.openSessions(of: person)
            try await world.accounts.logOutEverywhere(person.user, from: Make.origin())
            try await eventually { open.allSatisfy { list.contains($0) == true } }
            #expect(open.count == 6)
            await list.stop()
        }
    }

    @Test func `a process that starts knows what ended before, as long as its tokens live`() async throws {
        try await World.lend { world in
            let (recent, old) = (try await world.register(), try await world.register())
            for person in [recent, old] { try await world.accounts.logOut(person.user, from: Make.origin()) }
            try await world.database.run(
                "update sessions set ended_at = now() - interval '17 minutes' where id = \(old.user.session)")
            let list = revocations(world)
            try await list.start()
            #expect(list.contains(recent.user.session) == true)
            #expect(list.contains(old.user.session) == false)
            await list.stop()
        }
    }

    @Test func `a rolled back end is none`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let list = revocations(world)
            try await list.start()
            await #expect(throws: Unexpected.self) {
                try await world.database.transaction { transaction in
                    _ = try await Session.end(
                        person.user.session, of: person.id, as: .logout, at: .now, on: transaction)
                    throw Unexpected(what: "the process is gone")
                }
            }
            let other = try await world.register()
            try await world.accounts.logOut(other.user, from: Make.origin())
            try await eventually { list.contains(other.user.session) == true }
            #expect(list.contains(person.user.session) == false)
            await list.stop()
        }
    }

    /// While the server is away its word cannot come; what ended in that time is asked for afterwards.
    @Test func `what ended while the notifications were cut is made up for`() async throws {
        let server = try await PostgresServer()
        try await World.lend(database: server.url) { world in
            try await Migrator(world.database, AllMigrations.sets).run()
            let person = try await world.register()
            let list = revocations(world)
            try await list.start()
            let other = try world.who(try await world.login(person))
            // Ended by somebody who tells nobody: as a notification that was lost with the connection.
            try await Psql.run(
                "update sessions set ended_at = now(), end_reason = 'logout' where id = '\(other.session)'",
                on: server.url)
            #expect(list.contains(other.session) == false)
            try await server.restart()
            try await eventually { list.contains(other.session) == true }
            #expect(list.contains(person.user.session) == false)
            await list.stop()
        }
    }

    @Test func `while the list was never loaded nobody is said to be signed in`() async throws {
        let server = try await PostgresServer()
        try await World.lend(database: server.url) { world in
            let list = revocations(world)
            // There are no tables yet.
            try await list.start()
            #expect(list.contains(.new()) == nil)
            try await Migrator(world.database, AllMigrations.sets).run()
            try await eventually { list.contains(.new()) == false }
            await list.stop()
        }
    }
}
