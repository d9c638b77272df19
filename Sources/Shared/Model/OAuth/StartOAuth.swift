import Crypto
import JSON
import Postgres
import Runtime

/// The beginning of a sign-in at a provider.
package struct OAuthStart: Sendable {
    /// Where the browser goes now.
    package let location: String
    /// What it has to bring back, in a cookie.
    package let browser: String
    package let expiresIn: Duration
}

extension Accounts {
    /// Sends a browser to a provider. Without `redirectURI` the callback answers with the tokens; with one, the browser is
    /// sent there with a code, which the application exchanges for them with the verifier of `codeChallenge`: so tokens
    /// never stand in an address.
    package func startOAuth(
        _ provider: OAuthIdentity.Provider, redirectURI: String?, codeChallenge: String?
    ) async throws -> OAuthStart {
        let remote = try providers.provider(provider)
        if let redirectURI { try check(redirectURI, codeChallenge) }
        let flow = OAuthFlow(
            provider: provider, redirectURI: redirectURI, codeChallenge: redirectURI == nil ? nil : codeChallenge)
        let id = ID<OAuthFlow>.new()
        let own = FlowSecrets(id, secrets)
        let location = try await remote.authorization(
            AuthorizationRequest(
                state: own.state, nonce: own.nonce, codeChallenge: own.codeChallenge, callback: callback(provider)))
        try await flow.insert(id, at: now, expiresAt: now + Lifetimes.flow, on: database)
        return OAuthStart(location: location, browser: own.browser, expiresIn: Lifetimes.flow)
    }

    func callback(_ provider: OAuthIdentity.Provider) -> String {
        config.places.route("/auth/oauth/\(provider.rawValue)/callback")
    }

    private func check(_ redirectURI: String, _ codeChallenge: String?) throws {
        guard redirectURI.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !redirectURI.utf8.contains(UInt8(ascii: "#")),
            providers.allowsRedirect(to: redirectURI, app: config.places.app)
        else {
            throw Problem.invalid("redirectUri", .invalid, "not one of the addresses that are allowed")
        }
        guard let codeChallenge, codeChallenge.utf8.count == 43, Base64URL.decode(codeChallenge) != nil else {
            throw Problem.invalid("codeChallenge", .invalid, "the SHA-256 of a verifier, in base64url")
        }
    }
}
