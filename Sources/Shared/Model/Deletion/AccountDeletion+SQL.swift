import JSON
import Postgres
import Runtime

/// A wish to be deleted.
struct AccountDeletion: RowDecodable {
    let dueAt: Timestamp
    let isFinished: Bool

    init(row: Row) throws(RowError) {
        dueAt = try row["due_at"]
        isFinished = try row["is_finished"]
    }

    static func lock(_ user: ID<User>, on sql: some SQLRunner) async throws -> AccountDeletion? {
        try await sql.first(
            """
            select due_at, finished_at is not null as is_finished
            from account_deletions
            where user_id = \(user)
            for update
            """)
    }

    /// False where there is one already.
    static func insert(
        _ user: ID<User>, at now: Timestamp, dueAt: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            insert into account_deletions (user_id, requested_at, due_at)
            values (\(user), \(now), \(dueAt))
            on conflict (user_id) do nothing
            """) > 0
    }

    static func cancel(_ user: ID<User>, on sql: some SQLRunner) async throws -> Bool {
        try await sql.run("delete from account_deletions where user_id = \(user) and finished_at is null") > 0
    }

    static func finish(
        _ user: ID<User>, report: JSONValue, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        let report = JSONText(try JSONCoder.text(report))
        try await sql.run(
            """
            update account_deletions
            set finished_at = \(now), report = \(report)
            where user_id = \(user)
            """)
    }
}
