import Postgres
import Runtime

extension AccountExport: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        user = try row["user_id"]
        requestedAt = try row["requested_at"]
        finishedAt = try row["finished_at"]
        expiresAt = try row["expires_at"]
        bytes = try row["bytes"]
    }

    static func find(_ id: ID<AccountExport>, on sql: some SQLRunner) async throws -> AccountExport? {
        try await sql.first(
            """
            select id, user_id, requested_at, finished_at, expires_at, bytes
            from account_exports
            where id = \(id)
            """)
    }

    /// The person's last one that was asked for since then.
    static func latest(
        of user: ID<User>, since time: Timestamp, on sql: some SQLRunner
    ) async throws -> AccountExport? {
        try await sql.first(
            """
            select id, user_id, requested_at, finished_at, expires_at, bytes
            from account_exports
            where user_id = \(user) and (finished_at is null or requested_at > \(time))
            order by requested_at desc
            limit 1
            """)
    }

    /// False when another one has just been asked for.
    static func insert(
        _ id: ID<AccountExport>, of user: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            insert into account_exports (id, user_id, requested_at)
            values (\(id), \(user), \(now))
            on conflict (user_id) where finished_at is null do nothing
            """) > 0
    }

    /// Ends their links: whoever asked for one may be the reason why the password is changed.
    static func withdrawAll(of user: ID<User>, on sql: some SQLRunner) async throws {
        try await sql.run("delete from account_exports where user_id = \(user)")
    }

    static func insertPart(
        _ number: Int, _ content: [UInt8], of id: ID<AccountExport>, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            insert into account_export_parts (export_id, number, content)
            values (\(id), \(number), \(content))
            """)
    }

    static func finish(
        _ id: ID<AccountExport>, bytes: Int, at now: Timestamp, expiresAt: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update account_exports
            set finished_at = \(now), bytes = \(bytes), expires_at = \(expiresAt)
            where id = \(id)
            """)
    }

    static func part(_ number: Int, of id: ID<AccountExport>, on sql: some SQLRunner) async throws -> [UInt8]? {
        try await sql.first(
            """
            select content
            from account_export_parts
            where export_id = \(id) and number = \(number)
            """)
    }
}
