import Postgres
import Runtime

extension OAuthFlow: RowDecodable {
    init(row: Row) throws(RowError) {
        provider = try row["provider"]
        redirectURI = try row["redirect_uri"]
        codeChallenge = try row["code_challenge"]
    }

    func insert(_ id: ID<OAuthFlow>, at now: Timestamp, expiresAt: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into oauth_flows (id, provider, redirect_uri, code_challenge, created_at, expires_at)
            values (\(id), \(provider), \(redirectURI), \(codeChallenge), \(now), \(expiresAt))
            """)
    }

    /// Takes the flow for the one callback that it gets.
    static func callBack(
        _ id: ID<OAuthFlow>, from provider: OAuthIdentity.Provider, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> OAuthFlow? {
        try await sql.first(
            """
            update oauth_flows
            set called_back_at = \(now)
            where id = \(id) and provider = \(provider) and called_back_at is null and expires_at > \(now)
            returning provider, redirect_uri, code_challenge
            """)
    }

    static func setIdentity(
        _ identity: ProvenIdentity, of id: ID<OAuthFlow>, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update oauth_flows
            set subject = \(identity.subject), email = \(identity.email),
                is_email_verified = \(identity.isEmailVerified), name = \(identity.name)
            where id = \(id)
            """)
    }

    /// Hands out the outcome, once.
    static func collect(
        _ id: ID<OAuthFlow>, calledBackSince earliest: Timestamp, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> CollectedFlow? {
        try await sql.first(
            """
            update oauth_flows
            set collected_at = \(now)
            where id = \(id) and subject is not null and collected_at is null and called_back_at >= \(earliest)
            returning provider, subject, email, is_email_verified, name, code_challenge
            """)
    }
}

/// The outcome of a flow, and what whoever comes for it has to know.
struct CollectedFlow: RowDecodable {
    let identity: ProvenIdentity
    let codeChallenge: String

    init(row: Row) throws(RowError) {
        identity = ProvenIdentity(
            provider: try row["provider"], subject: try row["subject"], email: try row["email"],
            isEmailVerified: try row["is_email_verified"], name: try row["name"])
        codeChallenge = try row["code_challenge"]
    }
}
