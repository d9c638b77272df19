import Crypto
import HTTP
import JSON
import Runtime
import Synchronization

/// What a provider says of itself: where to go, and with which keys it signs. Kept as long as it says, and fetched anew when
/// a token names a key that is not known, but not for every forged one.
final class OpenIDMetadata: Sendable {
    struct Endpoints: Sendable {
        let issuer: String
        let authorization: String
        let token: String
        let keys: String
    }

    private struct State {
        var endpoints: (value: Endpoints, until: MonotonicTime)?
        var keys: (value: [TokenVerifyingKey], until: MonotonicTime)?
        var lastKeysFetch: MonotonicTime?
    }

    private let base: String
    private let client: ProviderClient
    private static let refetchPause: Duration = .minutes(5)
    private let state = Mutex(State())

    /// `base` is what `/.well-known/openid-configuration` is below of.
    init(base: String, client: ProviderClient) {
        self.base = base
        self.client = client
    }

    func endpoints() async throws -> Endpoints {
        let kept = state.withLock { $0.endpoints }
        if let kept, kept.until > .now { return kept.value }
        let json = try await client.ask(.get, base + "/.well-known/openid-configuration").json
        guard let issuer = json["issuer"]?.string, isOurs(issuer),
            let authorization = json["authorization_endpoint"]?.string, let token = json["token_endpoint"]?.string,
            let keys = json["jwks_uri"]?.string
        else { throw client.refused("a discovery document that does not fit", by: base) }
        let found = Endpoints(issuer: issuer, authorization: authorization, token: token, keys: keys)
        state.withLock { $0.endpoints = (found, .now + .hours(24)) }
        return found
    }

    /// The document must speak for the address where it lies. Microsoft's for all tenants has a place for theirs.
    private func isOurs(_ issuer: String) -> Bool {
        if issuer == base { return true }
        guard let tenant = issuer.range(of: "{tenantid}") else { return false }
        let (head, tail) = (issuer[..<tenant.lowerBound], issuer[tenant.upperBound...])
        return base.hasPrefix(head) && base.hasSuffix(tail)
    }

    // MARK: Keys

    func keys() async throws -> [TokenVerifyingKey] {
        let kept = state.withLock { $0.keys }
        if let kept, kept.until > .now { return kept.value }
        do { return try await fetchKeys() } catch {
            // The keys of yesterday are better than nobody signing in; one that was withdrawn in a hurry is the price.
            guard let kept, kept.until + .hours(1) > .now else { throw error }
            return kept.value
        }
    }

    /// Fresh ones, unless they were fetched a moment ago: tokens with made-up keys must not make us ask each time.
    func keys(afterMissing known: [TokenVerifyingKey]) async throws -> [TokenVerifyingKey] {
        let mayAsk = state.withLock { state in
            if let last = state.lastKeysFetch, MonotonicTime.now - last < Self.refetchPause { return false }
            state.lastKeysFetch = .now
            return true
        }
        return mayAsk ? try await fetchKeys() : known
    }

    private func fetchKeys() async throws -> [TokenVerifyingKey] {
        let (json, headers) = try await client.ask(.get, try await endpoints().keys)
        let keys = KeySet.keys(in: json)
        guard !keys.isEmpty else { throw client.refused("no usable key", by: base) }
        let life = KeySet.lifetime(headers["Cache-Control"])
        state.withLock { state in
            // The first fetch does not count: right after it a provider may still change its key.
            if state.keys != nil { state.lastKeysFetch = .now }
            state.keys = (keys, .now + life)
        }
        return keys
    }
}

extension String {
    fileprivate func range(of part: String) -> Range<String.Index>? { utf8.range(ofFirst: part.utf8) }
}
