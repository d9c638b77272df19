import Postgres
import Runtime

extension IssuedCode.Purpose: SQLEncodable, SQLDecodable {}

extension IssuedCode {
    func insert(
        method: Session.Method? = nil, phoneSealed: [UInt8]? = nil, phoneDigest: [UInt8]? = nil, network: String? = nil,
        on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            insert into one_time_codes (
                id, purpose, user_id, email, phone_sealed, phone_digest, method, network, created_at, expires_at)
            values (
                \(id), \(purpose), \(user), \(email), \(phoneSealed), \(phoneDigest), \(method), \(network), \(createdAt),
                \(expiresAt))
            """)
    }

    /// Uses up what works once; nil for what does not count any more. Of two at the same time, one gets it.
    static func use(
        _ id: ID<IssuedCode>, for purposes: [Purpose], at now: Timestamp, on sql: some SQLRunner
    ) async throws -> UsedCode? {
        try await sql.first(
            """
            update one_time_codes
            set used_at = \(now)
            where id = \(id) and purpose = any(\(purposes)) and used_at is null and expires_at > \(now)
            returning purpose, user_id, email, phone_sealed, phone_digest, method
            """)
    }

    /// What `use` would say now.
    static func peek(
        _ id: ID<IssuedCode>, for purposes: [Purpose], at now: Timestamp, on sql: some SQLRunner
    ) async throws -> UsedCode? {
        try await sql.first(
            """
            select purpose, user_id, email, phone_sealed, phone_digest, method
            from one_time_codes
            where id = \(id) and purpose = any(\(purposes)) and used_at is null and expires_at > \(now)
            """)
    }

    /// Pays for a guess before it is looked at, so that guesses at the same time are counted too; nil when none is left.
    static func payForGuess(
        _ id: ID<IssuedCode>, for purpose: Purpose, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> UsedCode? {
        try await sql.first(
            """
            update one_time_codes
            set attempts_left = attempts_left - 1
            where id = \(id) and purpose = \(purpose) and used_at is null and expires_at > \(now)
                and attempts_left > 0
            returning purpose, user_id, email, phone_sealed, phone_digest, method
            """)
    }

    /// The code that was sent to a number last, at the wish of this network if there is one such, and whether it is. Earlier
    /// ones do not count any more.
    static func latest(
        forPhone digests: [[UInt8]], user: ID<User>?, from network: String, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> (ID<IssuedCode>, Bool)? {
        try await sql.first(
            """
            select id, coalesce(network = \(network), false) as is_own
            from one_time_codes
            where phone_digest = any(\(digests)) and purpose = 'phone' and used_at is null
                and user_id is not distinct from \(user) and expires_at > \(now)
            order by is_own desc, created_at desc, id desc
            limit 1
            """)
    }

    /// Makes worthless what was given out to a person for these purposes.
    static func withdraw(_ purposes: [Purpose], of user: ID<User>, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            delete from one_time_codes
            where user_id = \(user) and purpose = any(\(purposes)) and used_at is null
            """)
    }
}

/// What a code was good for.
struct UsedCode: RowDecodable {
    let purpose: IssuedCode.Purpose
    let user: ID<User>?
    let email: EmailAddress?
    let phoneSealed: [UInt8]?
    let phoneDigest: [UInt8]?
    let method: Session.Method?

    init(row: Row) throws(RowError) {
        purpose = try row["purpose"]
        user = try row["user_id"]
        email = try row["email"]
        phoneSealed = try row["phone_sealed"]
        phoneDigest = try row["phone_digest"]
        method = try row["method"]
    }
}
