import Postgres
import Runtime

extension OAuthIdentity.Provider: SQLEncodable, SQLDecodable {}

extension OAuthIdentity: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        provider = try row["provider"]
        email = try row["email"]
        createdAt = try row["created_at"]
        lastUsedAt = try row["last_used_at"]
    }

    static func all(of user: ID<User>, on sql: some SQLRunner) async throws -> [OAuthIdentity] {
        try await sql.all(
            """
            select id, provider, email, created_at, last_used_at
            from oauth_identities
            where user_id = \(user)
            order by created_at, id
            """)
    }

    static func owner(of identity: ProvenIdentity, on sql: some SQLRunner) async throws -> ID<User>? {
        try await sql.first(
            """
            select user_id
            from oauth_identities
            where provider = \(identity.provider) and subject = \(identity.subject)
            """)
    }

    static func insert(
        _ identity: ProvenIdentity, of user: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            insert into oauth_identities (id, user_id, provider, subject, email, created_at, last_used_at)
            values (
                \(ID<OAuthIdentity>.new()), \(user), \(identity.provider), \(identity.subject), \(identity.email),
                \(now), \(now))
            """)
    }

    static func noteUse(of identity: ProvenIdentity, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update oauth_identities
            set last_used_at = \(now), email = coalesce(\(identity.email), email)
            where provider = \(identity.provider) and subject = \(identity.subject)
            """)
    }

    static func remove(
        _ id: ID<OAuthIdentity>, of user: ID<User>, on sql: some SQLRunner
    ) async throws -> Provider? {
        try await sql.first(
            """
            delete from oauth_identities
            where id = \(id) and user_id = \(user)
            returning provider
            """)
    }

    static func removeAll(of user: ID<User>, on sql: some SQLRunner) async throws {
        try await sql.run("delete from oauth_identities where user_id = \(user)")
    }

    /// In how many ways a person can get in: identities, password, number, and the link that sets a password anew.
    static func waysIn(of user: ID<User>, on sql: some SQLRunner) async throws -> Int {
        try await sql.one(
            """
            select (select count(*) from oauth_identities where user_id = \(user))
                + (select count(*) from credentials where user_id = \(user))
                + (select count(*) from users where id = \(user) and phone_digest is not null)
                + (select count(*) from users where id = \(user) and email_verified_at is not null)
            """)
    }
}
