import Postgres
import Runtime

/// One person wants to have nothing to do with another.
package enum Block {
    /// False where it was so already. Throws a foreign key violation for somebody who does not exist.
    static func insert(
        _ blocked: ID<User>, by blocker: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            insert into blocks (blocker_id, blocked_id, created_at)
            select \(blocker), id, \(now) from users where id = \(blocked) and deleted_at is null
            on conflict do nothing
            """) > 0
    }

    static func delete(
        _ blocked: ID<User>, by blocker: ID<User>, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run("delete from blocks where blocker_id = \(blocker) and blocked_id = \(blocked)") > 0
    }

    static func all(
        by blocker: ID<User>, after cursor: ID<User>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [(ID<User>, String?, String, Timestamp)] {
        try await sql.all(
            """
            select b.blocked_id, u.username, u.display_name, b.created_at
            from blocks b
            join users u on u.id = b.blocked_id
            where b.blocker_id = \(blocker) and (\(cursor)::uuid is null or b.blocked_id > \(cursor))
            order by b.blocked_id
            limit \(limit)
            """)
    }
}
