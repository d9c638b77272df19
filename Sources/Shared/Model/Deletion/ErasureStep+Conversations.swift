import Postgres
import Runtime

/// What a person has said stays with those whom it was said to; what is the person's own goes.
extension ErasureStep {
    static func drafts(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from drafts where user_id = \(user)")
    }

    static func scheduledMessages(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from scheduled_messages where sender_id = \(user)")
    }

    static func savedMessages(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from saved_messages where user_id = \(user)")
    }

    static func autoReplies(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from auto_replies where user_id = \(user)")
    }

    static func notifications(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from notification_preferences where user_id = \(user)")
        return try await sql.run("delete from notifications where user_id = \(user)")
    }

    /// Nobody comes in any more in the name of somebody who is gone.
    static func invites(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("update invites set revoked_at = now() where created_by = \(user) and revoked_at is null")
    }

    /// The conversations of its customers refer to it.
    static func business(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from business_agents where business_id = \(user) or agent_id = \(user)")
        try await sql.run("delete from business_hours where business_id = \(user)")
        return try await sql.run(
            "update businesses set name = '–', greeting = null, away_text = null where id = \(user)")
    }
}
