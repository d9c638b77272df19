import APIFrame
import Crypto
import Model
import Redis
import Runtime

/// One-time tickets for clients that cannot set a header for a WebSocket, as browsers cannot. A ticket may show up in a
/// log of a proxy: by then it was used, or has expired.
package struct RealtimeTickets: Sendable {
    static let lifetime = Duration.seconds(30)

    private let redis: RedisClient
    private let prefix: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix + "realtime:ticket:"
    }

    func issue(for token: AccessToken) async throws -> String {
        let ticket = Base64URL.encode(SecureRandom.bytes(32))
        let value = "\(token.user) \(token.session) \(token.expiresAt.milliseconds)"
        try await redis.call("SET", key(ticket), value, "PX", Self.lifetime.milliseconds)
        return ticket
    }

    /// Who it was made for; nil the second time, and for one that nobody made or that is too old.
    func redeem(_ ticket: String) async throws -> AccessToken? {
        guard let value = try await redis.call("GETDEL", key(ticket)).string else { return nil }
        let parts = value.split(separator: " ")
        guard parts.count == 3, let user = ID<User>(parts[0]), let session = ID<Session>(parts[1]),
            let expiry = Int64(parts[2])
        else { return nil }
        return AccessToken(user: user, session: session, expiresAt: Timestamp(milliseconds: expiry))
    }

    /// By its digest, so that nobody who can read Redis can use it.
    private func key(_ ticket: String) -> String { prefix + Base64URL.encode(Hash.sha256(ticket)) }
}
