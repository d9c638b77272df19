import Crypto
import Postgres
import Runtime

/// What a sign-in with a password is decided by.
struct Credential: RowDecodable {
    let userID: ID<User>
    let hash: PasswordHash?
    /// When it was set; a hash that is only renewed keeps it.
    let changedAt: Timestamp?
    let hasSecondFactor: Bool
    /// Whether the person has been signed in from this neighbourhood before.
    let isFamiliar: Bool

    init(row: Row) throws(RowError) {
        userID = try row["id"]
        let text: String? = try row["password_hash"]
        hash = text.flatMap { PasswordHash($0) }
        changedAt = try row["changed_at"]
        hasSecondFactor = try row["has_second_factor"]
        isFamiliar = try row["is_familiar"]
    }
}

extension Credential {
    static func find(
        _ email: EmailAddress, from origin: Origin, on sql: some SQLRunner
    ) async throws -> Credential? {
        try await sql.first("\(selection(from: origin)) where u.email = \(email)")
    }

    static func find(_ id: ID<User>, from origin: Origin, on sql: some SQLRunner) async throws -> Credential? {
        try await sql.first("\(selection(from: origin)) where u.id = \(id) and u.deleted_at is null")
    }

    private static func selection(from origin: Origin) -> SQL {
        """
        select u.id, c.password_hash, c.changed_at,
            exists (
                select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null
            ) as has_second_factor,
            exists (
                select from sessions s where s.user_id = u.id and s.address <<= \(origin.neighbourhood)::inet
            ) as is_familiar
        from users u
        left join credentials c on c.user_id = u.id
        """
    }

    static func set(
        _ hash: PasswordHash, of id: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            insert into credentials (user_id, password_hash, changed_at)
            values (\(id), \(hash.text), \(now))
            on conflict (user_id) do update
            set password_hash = excluded.password_hash, changed_at = excluded.changed_at
            """)
    }

    /// The same password at another cost; nothing where it was changed meanwhile.
    static func renew(
        _ old: PasswordHash, with new: PasswordHash, of id: ID<User>, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update credentials
            set password_hash = \(new.text)
            where user_id = \(id) and password_hash = \(old.text)
            """)
    }

    static func remove(of id: ID<User>, on sql: some SQLRunner) async throws {
        try await sql.run("delete from credentials where user_id = \(id)")
    }
}
