import Postgres
import Runtime

extension User.Role: SQLEncodable, SQLDecodable {}
extension User.Availability: SQLEncodable, SQLDecodable {}

extension User: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        username = try row["username"]
        email = try row["email"]
        emailVerifiedAt = try row["email_verified_at"]
        hasPhone = try row["has_phone"]
        role = try row["role"]
        displayName = try row["display_name"]
        bio = try row["bio"]
        avatar = try row["avatar_id"]
        status = Status(text: try row["status_text"], emoji: try row["status_emoji"], until: try row["status_until"])
        availability = try row["availability"]
        hasPassword = try row["has_password"]
        hasSecondFactor = try row["has_second_factor"]
        deletionDueAt = try row["deletion_due_at"]
        createdAt = try row["created_at"]
        updatedAt = try row["updated_at"]
    }

    /// The person themselves; nil once they are deleted.
    static func find(_ id: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws -> User? {
        try await sql.first(
            """
            select u.id, u.username, u.email, u.email_verified_at, u.phone_digest is not null as has_phone, u.role,
                u.display_name, u.bio, u.availability, u.created_at, u.updated_at,
                (select a.media_id from avatars a where a.user_id = u.id) as avatar_id,
                case when s.holds then u.status_text end as status_text,
                case when s.holds then u.status_emoji end as status_emoji,
                case when s.holds then u.status_until end as status_until,
                exists (select from credentials c where c.user_id = u.id) as has_password,
                exists (
                    select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null
                ) as has_second_factor,
                d.due_at as deletion_due_at
            from users u
            cross join lateral (select u.status_until is null or u.status_until > \(now) as holds) s
            left join account_deletions d on d.user_id = u.id
            where u.id = \(id) and u.deleted_at is null
            """)
    }

    /// Whether they may do what only administrators may, now.
    /// Whether the person has proven an address.
    static func isVerified(_ id: ID<User>, on sql: some SQLRunner) async throws -> Bool {
        let isVerified: Bool? = try await sql.first("select email_verified_at is not null from users where id = \(id)")
        return isVerified == true
    }

    package static func isAdmin(_ id: ID<User>, on sql: some SQLRunner) async throws -> Bool {
        try await sql.one(
            "select exists (select from users where id = \(id) and role = 'admin' and deleted_at is null)")
    }

    /// Takes the row's lock, so that what is decided about a person is decided once.
    static func lock(_ id: ID<User>, on sql: some SQLRunner) async throws -> LockedUser? {
        try await sql.first(
            """
            select id, email, email_verified_at, phone_sealed, phone_digest
            from users
            where id = \(id) and deleted_at is null
            for no key update
            """)
    }

    static func insert(
        _ id: ID<User>, username: Username, email: EmailAddress?, verifiedAt: Timestamp?, displayName: String,
        at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            with person as (
                insert into users (
                    id, username, email, email_verified_at, display_name, created_at, updated_at, last_seen_at)
                values (\(id), \(username), \(email), \(verifiedAt), \(displayName), \(now), \(now), \(now))
                returning id
            )
            insert into user_settings (user_id, updated_at)
            select id, \(now) from person
            """)
    }

    static func id(ofEmail email: EmailAddress, on sql: some SQLRunner) async throws -> ID<User>? {
        try await sql.first("select id from users where email = \(email)")
    }

    /// The digests are those under each of the keys in use.
    static func id(ofPhone digests: [[UInt8]], on sql: some SQLRunner) async throws -> ID<User>? {
        try await sql.first("select id from users where phone_digest = any(\(digests)) limit 1")
    }

    /// Whether somebody's number is asked about from where its owner has been signed in. One statement, whosever it is.
    static func isAtHome(phone digests: [[UInt8]], from origin: Origin, on sql: some SQLRunner) async throws -> Bool {
        try await sql.one(
            """
            select exists (
                select from users u
                join sessions s on s.user_id = u.id
                where u.phone_digest = any(\(digests)) and s.address <<= \(origin.neighbourhood)::inet
            )
            """)
    }

    static func isFree(_ username: String, on sql: some SQLRunner) async throws -> Bool {
        try await sql.one("select not exists (select from users where username = \(username))")
    }

    static func setEmail(
        _ email: EmailAddress, verifiedAt: Timestamp, of id: ID<User>, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update users
            set email = \(email), email_verified_at = \(verifiedAt), updated_at = \(verifiedAt)
            where id = \(id)
            """)
    }

    static func setPhone(
        sealed: [UInt8]?, digest: [UInt8]?, of id: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update users
            set phone_sealed = \(sealed), phone_digest = \(digest), updated_at = \(now)
            where id = \(id)
            """)
    }
}

/// What actions have to know of a person while they hold the row.
struct LockedUser: RowDecodable {
    let id: ID<User>
    let email: EmailAddress?
    let emailVerifiedAt: Timestamp?
    let phoneSealed: [UInt8]?
    let phoneDigest: [UInt8]?

    var isVerified: Bool { emailVerifiedAt != nil }

    init(row: Row) throws(RowError) {
        id = try row["id"]
        email = try row["email"]
        emailVerifiedAt = try row["email_verified_at"]
        phoneSealed = try row["phone_sealed"]
        phoneDigest = try row["phone_digest"]
    }
}
