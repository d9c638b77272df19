import Postgres
import Runtime

/// Files that others were sent stay with them; the rest goes.
extension ErasureStep {
    static func uploads(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("update uploads set expires_at = now() where owner_id = \(user) and expires_at > now()")
    }

    static func media(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from avatars where user_id = \(user)")
        return try await sql.run(
            """
            delete from media f
            where f.owner_id = \(user) and not exists (select from media_references r where r.media_id = f.id)
            """)
    }

    static func stories(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from story_views where viewer_id = \(user)")
        try await sql.run("delete from highlights where author_id = \(user)")
        return try await sql.run("delete from stories where author_id = \(user)")
    }
}
