import Postgres
import Runtime

/// The database writes the JSON: what is exported is what is there, with nothing in between that could leave it out.
extension ExportSection {
    static func account(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select id, username, email, email_verified_at, phone_digest is not null as has_phone, role, display_name,
                bio, (select a.media_id from avatars a where a.user_id = users.id) as avatar_id, status_text, status_emoji, status_until, availability, last_seen_at, created_at, updated_at
            from users
            where id = \(user)
            """, on: sql)
    }

    static func settings(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select theme, language, time_zone, message_sound, call_sound, vibration, message_preview, enter_sends,
                last_seen, photo, status, read_receipts, searchable, updated_at
            from user_settings
            where user_id = \(user)
            """, on: sql)
    }

    static func sessions(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select id, method, device, address, created_at, last_used_at, expires_at, ended_at, end_reason
            from sessions
            where user_id = \(user)
            order by created_at
            """, on: sql)
    }

    static func identities(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select provider, subject, email, created_at, last_used_at
            from oauth_identities
            where user_id = \(user)
            order by created_at
            """, on: sql)
    }

    static func blocks(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select b.blocked_id, u.username, b.created_at
            from blocks b
            join users u on u.id = b.blocked_id
            where b.blocker_id = \(user)
            order by b.created_at
            """, on: sql)
    }

    static func security(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select at, action, actor_id, session_id, address, user_agent, details
            from audit_log
            where subject_id = \(user)
            order by id
            """, on: sql)
    }

    static func rows(_ selection: SQL, on sql: any SQLRunner) async throws -> String {
        let statement: SQL = "select coalesce(json_agg(row_to_json(r)), '[]')::text from (\(selection)) r"
        return try await sql.one(statement)
    }
}
