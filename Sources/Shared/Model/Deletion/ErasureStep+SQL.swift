import Postgres
import Runtime

extension ErasureStep {
    /// They end, and stay for a while without what tells of the person: their access tokens must not outlive them.
    static func sessions(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await Session.endAll(of: user, as: .deletion, at: .now, on: sql)
        return try await sql.run("update sessions set device = null, address = null where user_id = \(user)")
    }

    static func credentials(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from credentials where user_id = \(user)")
    }

    static func secondFactors(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from totp_secrets where user_id = \(user)")
    }

    static func backupCodes(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from backup_codes where user_id = \(user)")
    }

    static func identities(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from oauth_identities where user_id = \(user)")
    }

    static func codes(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from one_time_codes where user_id = \(user)")
    }

    static func settings(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from user_settings where user_id = \(user)")
    }

    static func changes(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from user_changes where user_id = \(user)")
    }

    static func blocks(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from blocks where blocker_id = \(user) or blocked_id = \(user)")
    }

    static func exports(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from account_exports where user_id = \(user)")
    }

    static func keptAnswers(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from idempotency_keys where user_id = \(user)")
    }

    static func devices(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from devices where user_id = \(user)")
    }

    /// When they were written, and whether their address was reached.
    static func mails(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run("delete from digests where user_id = \(user)")
        return try await sql.run(
            "delete from mail_suppressions where email = (select email from users where id = \(user))")
    }

    /// That something was done stays; from where it was done goes.
    static func auditEntries(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run(
            """
            update audit_log
            set address = null, user_agent = null, details = null
            where actor_id = \(user) or subject_id = \(user)
            """)
    }

    /// A row without anything of the person stays, for what others keep and the law wants kept.
    static func person(_ user: ID<User>, on sql: any SQLRunner) async throws -> Int {
        try await sql.run(
            """
            update users
            set username = null, email = null, email_verified_at = null, phone_sealed = null, phone_digest = null,
                display_name = '', bio = '', status_text = null, status_emoji = null, status_until = null,
                availability = 'offline', last_seen_at = null, role = 'member', deleted_at = now(), updated_at = now()
            where id = \(user) and deleted_at is null
            """)
    }
}
