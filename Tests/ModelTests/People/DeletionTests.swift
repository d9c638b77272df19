import JSON
import Postgres
import Queue
import QueueTesting
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct DeletionTests {
    @Test func `after the grace period nothing of the person is left but a report`() async throws {
        try await World.lend(["ACCOUNT_DELETION_GRACE": "0"]) { world in
            let (person, other) = (try await world.member(), try await world.register())
            try await world.attach(try Make.phone(), to: person)
            _ = try await world.enroll(person)
            try await world.accounts.block(other.id, by: person.user)
            try await world.accounts.block(person.id, by: other.user)
            _ = try await world.exported(person)
            try await world.database.run(
                """
                insert into idempotency_keys (user_id, route, key, request_digest, status, body)
                values (\(person.id), 'r', 'k', \([UInt8](repeating: 0, count: 32)), 201, \(Array(person.email.rawValue.utf8)))
                """)
            _ = try await world.accounts.requestDeletion(
                of: person.user, password: Make.password, from: Make.origin())
            #expect(try await world.runJobs().contains(DeleteAccount.kind))
            let name = person.signedIn.user.username
            for text in [person.email.rawValue, name, "192.0.2.7"] {
                #expect(try await world.tablesThatHold(text, of: person) == [], "\(text)")
            }
            #expect(
                try await problemCode { _ = try await world.accounts.profile(of: person.id, for: other.user) }
                    == .notFound)
            let report: String = try await world.database.one(
                "select report::text from account_deletions where user_id = \(person.id)")
            let counts = try JSONCoder.decode([String: Int].self, from: report)
            #expect(counts["person"] == 1 && counts["sessions"] == 1 && counts["backupCodes"] == 10)
            #expect(counts["blocks"] == 2 && counts["exports"] == 1 && counts["keptAnswers"] == 1)
            // The address and the name are free again.
            _ = try await world.register(person.email, username: Username(name))
        }
    }

    @Test func `the wish signs out all devices, and signing in again takes it back`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            _ = try await world.login(person)
            let due = try await world.accounts.requestDeletion(
                of: person.user, password: Make.password, from: Make.origin())
            #expect(due == world.clock.now + .days(14))
            #expect(try await world.openSessions(of: person).isEmpty)
            #expect(try await world.runJobs() == [SendSecurityNotice.kind])
            let again = try await world.login(person)
            #expect(again.user.deletionDueAt == due)
            let user = try world.who(again)
            let kept = try await world.accounts.cancelDeletion(of: user, from: Make.origin())
            #expect(kept.deletionDueAt == nil)
            let late = try await world.rehearsal.run(DeleteAccount(user: person.id))
            #expect(late.name == "done")
            #expect(try await world.accounts.me(user).email == person.email)
        }
    }

    @Test func `a wish that was uttered anew has its own time`() async throws {
        try await World.lend(["ACCOUNT_DELETION_GRACE": "1h"]) { world in
            let person = try await world.member()
            _ = try await world.accounts.requestDeletion(
                of: person.user, password: Make.password, from: Make.origin())
            // The job of a wish that was taken back comes first, and finds the later one not due.
            let early = try await world.rehearsal.run(DeleteAccount(user: person.id))
            #expect(early.name == "done")
            _ = try await world.login(person)
        }
    }

    @Test func `it takes the password`() async throws {
        try await World.lend { world in
            let person = try await world.member()
            #expect(
                try await problemCode {
                    _ = try await world.accounts.requestDeletion(
                        of: person.user, password: "wrong", from: Make.origin())
                } == .invalidCredentials)
        }
    }

    @Test func `a deletion that fails half way leaves the account whole`() async throws {
        try await World.lend(["ACCOUNT_DELETION_GRACE": "0"]) { world in
            let person = try await world.member()
            _ = try await world.accounts.requestDeletion(
                of: person.user, password: Make.password, from: Make.origin())
            let broken = ErasureStep(name: "broken") { _, _ in throw Unexpected(what: "the worker is gone") }
            await #expect(throws: Unexpected.self) {
                try await world.durable.transaction { transaction in
                    try await DeleteAccount(user: person.id).erase(
                        Array(ErasureStep.all.prefix(6)) + [broken], at: .now, on: transaction)
                }
            }
            _ = try await world.login(person)
        }
    }
}

extension World {
    /// The tables in which a text is found that belongs to the person. Who was there at the same address is somebody else.
    fileprivate func tablesThatHold(_ text: String, of person: Person) async throws -> [String] {
        let tables: [String] = try await database.all(
            """
            select table_name::text from information_schema.columns
            where table_schema = 'public' and column_name in ('user_id', 'actor_id', 'subject_id')
            group by table_name
            union select 'users'
            """)
        var found: [String] = []
        for table in tables where try await holds(table, text, of: person) { found.append(table) }
        return found
    }

    private func holds(_ table: String, _ text: String, of person: Person) async throws -> Bool {
        let query = """
            select count(*) from \(table) t
            where t::text like '%\(text)%' and (t::text like '%\(person.id)%')
            """
        return try await Psql.run(query, on: try TestStores.current.databaseURL) != "0\n"
    }
}
