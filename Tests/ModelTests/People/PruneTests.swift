import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

@Suite(.ownAccounts) struct PruneTests {
    @Test func `what has served its time goes, and nothing else`() async throws {
        try await World.lend { world in
            let (person, gone) = (try await world.member(), try await world.member())
            _ = try await world.exported(gone)
            try await world.accounts.logOut(gone.user, from: Make.origin())
            try await world.database.run(
                script: """
                    update one_time_codes set expires_at = now() - interval '2 days' where user_id = '\(gone.id)';
                    update sessions set ended_at = now() - interval '91 days' where user_id = '\(gone.id)';
                    update account_exports set expires_at = now() - interval '1 second' where user_id = '\(gone.id)';
                    """)
            let removed = try await PruneAccounts().prune(at: .now, on: world.database)
            #expect(removed.map(\.rows) == [1, 0, 1, 1, 0])
            #expect(try await world.openSessions(of: person).count == 1)
            let left: Int = try await world.database.one(
                "select (select count(*) from account_export_parts) + (select count(*) from one_time_codes)")
            #expect(left == 1)
        }
    }

    @Test func `old entries of the audit log go by their ids`() async throws {
        try await World.lend { world in
            let person = try await world.register()
            let old = UUID.v7(at: .now - .days(401))
            try await world.database.run(
                """
                insert into audit_log (id, at, action, subject_id)
                values (\(old), now() - interval '401 days', 'session.opened', \(person.id))
                """)
            #expect(try await PruneAccounts().prune(at: .now, on: world.database).map(\.rows) == [0, 0, 0, 0, 1])
            #expect(try await world.audit(.signedIn, of: person.id) == 1)
        }
    }

    @Test func `many rows go in pieces`() async throws {
        try await World.lend { world in
            try await world.database.run(
                script: """
                    insert into oauth_flows (id, provider, created_at, expires_at)
                    select gen_random_uuid(), 'github', now(), now() - interval '2 hours' from generate_series(1, 2500)
                    """)
            #expect(try await PruneAccounts().prune(at: .now, on: world.database)[1].rows == 2500)
        }
    }
}
