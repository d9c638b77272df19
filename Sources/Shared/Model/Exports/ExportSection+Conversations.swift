import Postgres
import Runtime

/// What a person keeps of conversations for themselves.
extension ExportSection {
    static func drafts(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            "select conversation_id, content, updated_at from drafts where user_id = \(user) order by updated_at",
            on: sql)
    }

    static func scheduledMessages(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select conversation_id, type, content, metadata, send_at, created_at
            from scheduled_messages
            where sender_id = \(user)
            order by send_at
            """, on: sql)
    }

    static func savedMessages(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select conversation_id, message_id, saved_at from saved_messages where user_id = \(user) order by saved_at
            """, on: sql)
    }

    static func notifications(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select kind, actor_id, conversation_id, message_id, created_at, read_at
            from notifications
            where user_id = \(user)
            order by id
            """, on: sql)
    }

    /// Without the tokens, which are of no use to the person.
    static func devices(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            "select platform, created_at, registered_at from devices where user_id = \(user) order by created_at",
            on: sql)
    }
}
