import Postgres
import Runtime

extension SecondFactor: RowDecodable {
    init(row: Row) throws(RowError) {
        user = try row["user_id"]
        sealedSecret = try row["secret_sealed"]
        isConfirmed = try row["is_confirmed"]
        lastStep = try row["last_step"]
        codesLeft = try row["codes_left"]
    }

    static func find(_ user: ID<User>, on sql: some SQLRunner) async throws -> SecondFactor? {
        try await sql.first(
            """
            select t.user_id, t.secret_sealed, t.confirmed_at is not null as is_confirmed, t.last_step,
                (
                    select count(*) from backup_codes b where b.user_id = t.user_id and b.used_at is null
                ) as codes_left
            from totp_secrets t
            where t.user_id = \(user)
            """)
    }

    /// Takes the place of one that was never confirmed; false where there is a confirmed one.
    static func begin(
        _ user: ID<User>, sealedSecret: [UInt8], at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            insert into totp_secrets (user_id, secret_sealed, created_at)
            values (\(user), \(sealedSecret), \(now))
            on conflict (user_id) do update
            set secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, last_step = null
            where totp_secrets.confirmed_at is null
            """) > 0
    }

    static func confirm(
        _ user: ID<User>, step: Int64, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            update totp_secrets
            set confirmed_at = \(now), last_step = \(step)
            where user_id = \(user) and confirmed_at is null
            """) > 0
    }

    /// Uses up the code of a time step, and all before it; false where it was used.
    static func use(step: Int64, of user: ID<User>, on sql: some SQLRunner) async throws -> Bool {
        try await sql.run(
            """
            update totp_secrets
            set last_step = \(step)
            where user_id = \(user) and confirmed_at is not null and (last_step is null or last_step < \(step))
            """) > 0
    }

    static func remove(of user: ID<User>, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            with codes as (delete from backup_codes where user_id = \(user))
            delete from totp_secrets where user_id = \(user)
            """)
    }

    // MARK: Backup codes

    static func replaceBackupCodes(
        of user: ID<User>, with digests: [[UInt8]], on sql: some SQLRunner
    ) async throws {
        try await sql.run("delete from backup_codes where user_id = \(user)")
        try await sql.run(
            """
            insert into backup_codes (user_id, code_digest)
            select \(user), digest from unnest(\(digests)) as codes (digest)
            """)
    }

    /// Uses up one; false where there is none such left. The digests are those under each of the keys in use.
    static func useBackupCode(
        _ digests: [[UInt8]], of user: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            update backup_codes
            set used_at = \(now)
            where user_id = \(user) and code_digest = any(\(digests)) and used_at is null
            """) > 0
    }
}
