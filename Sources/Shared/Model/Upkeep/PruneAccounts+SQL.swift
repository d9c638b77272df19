import Postgres
import Runtime

extension PruneAccounts {
    /// In small pieces, each by itself, so that nobody waits for them. Answers how many rows of what went.
    package func prune(at now: Timestamp, on database: Database) async throws -> [(name: String, rows: Int)] {
        [
            ("codes", try await inPieces { try await Self.codes(before: now - .days(1), on: database) }),
            ("flows", try await inPieces { try await Self.flows(before: now - .hours(1), on: database) }),
            ("sessions", try await inPieces { try await Self.sessions(before: now - .days(90), on: database) }),
            ("exports", try await inPieces { try await Self.exports(before: now, on: database) }),
            ("auditEntries", try await inPieces { try await Self.audit(before: now - .days(400), on: database) }),
        ]
    }

    private static let piece = Pieces.size

    private func inPieces(_ remove: () async throws -> Int) async throws -> Int { try await Pieces.all(remove) }

    private static func codes(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from one_time_codes
            where id in (select id from one_time_codes where expires_at < \(time) limit \(piece))
            """)
    }

    private static func flows(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from oauth_flows
            where id in (select id from oauth_flows where expires_at < \(time) limit \(piece))
            """)
    }

    /// Until then they say which addresses are familiar.
    private static func sessions(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from sessions
            where id in (
                (select id from sessions where ended_at is not null and ended_at < \(time) limit \(piece))
                union all
                (select id from sessions where ended_at is null and idle_until < \(time) limit \(piece))
            )
            """)
    }

    private static func exports(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from account_exports
            where id in (select id from account_exports where expires_at < \(time) limit \(piece))
            """)
    }

    /// Ids grow with time.
    private static func audit(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from audit_log
            where id in (select id from audit_log where id < \(UUID.v7(at: time)) limit \(piece))
            """)
    }
}
