import HTTP
import Model
import Runtime

/// Finds out who asks.
final class Authenticator: Sendable {
    private let check: any TokenCheck
    private let caches: [LoopBound<Cache>]

    private final class Cache {
        var tokens = TokenCache()
        let looks: CacheLooks

        init(_ looks: CacheLooks) { self.looks = looks }
    }

    init(_ check: any TokenCheck, loops: LoopGroup, metrics: MetricsRegistry) {
        self.check = check
        let looks = loops.loops.map { _ in CacheLooks() }
        caches = zip(loops.loops, looks).map { LoopBound(Cache($1), to: $0) }
        let share = RecentShare(over: .minutes(5), whenIdle: 1)
        metrics.computed("cache_hit_rate", "Share of access tokens that were known, over five minutes.") {
            share.value(looks.reduce(into: CacheLooks.Sum()) { $0.add($1) }.counts)
        }
    }

    /// Nil where no token was sent; throws where one was sent that does not count.
    func token(of request: Request, at now: Timestamp) throws(Problem) -> AccessToken? {
        guard let header = request.headers["Authorization"] else { return nil }
        guard let text = Self.bearer(header) else {
            throw Problem(.unauthenticated, "The header Authorization must be “Bearer” and a token")
        }
        return try token(text, on: request.loop, at: now)
    }

    /// Who has that token; throws where it does not count.
    func token(_ text: Substring, on loop: EventLoop, at now: Timestamp) throws(Problem) -> AccessToken {
        let token = try verified(text, on: loop, at: now)
        guard now < token.expiresAt else { throw Self.expired }
        switch check.isRevoked(token) {
        case false: return token
        case true: throw Problem(.unauthenticated, "The session of this access token was ended")
        case nil:
            var problem = Problem(.unavailable, "Nobody can say yet whether this session was ended")
            problem.retryAfter = .seconds(1)
            throw problem
        }
    }

    func isAdmin(_ user: ID<User>) async throws -> Bool { try await check.isAdmin(user) }

    private func verified(
        _ text: Substring, on loop: EventLoop, at now: Timestamp
    ) throws(Problem) -> AccessToken {
        let cache = caches[loop.index]
        let known = cache.lend { cache in
            let known = cache.tokens.token(text)
            cache.looks.count(isHit: known != nil)
            return known
        }
        if let known { return known }
        let own = String(text)
        do throws(TokenRefusal) {
            let token = try check.check(own, at: now)
            cache.lend { $0.tokens.keep(own, token) }
            return token
        } catch .expired {
            throw Self.expired
        } catch {
            throw Problem(.unauthenticated, "The access token is not valid")
        }
    }

    private static var expired: Problem { Problem(.tokenExpired, "The access token has expired") }

    private static func bearer(_ header: String) -> Substring? {
        let scheme = header.utf8.prefix(7)
        guard scheme.elementsEqual("bearer ".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        return Substring(header.utf8.dropFirst(7))
    }
}
