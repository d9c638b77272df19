import Postgres
import Runtime

extension ExportSection {
    static func stories(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select id, type, content, background, media_id, audience, named_ids, view_count, created_at, expires_at
            from stories
            where author_id = \(user)
            order by id
            """, on: sql)
    }

    static func media(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select id, type, file_name, content_type, bytes, width, height, duration_ms, created_at
            from media
            where owner_id = \(user)
            order by id
            """, on: sql)
    }
}
