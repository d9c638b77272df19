import Crypto
import HTTP
import JSON
import Runtime

/// A provider that speaks OpenID Connect: Google, Microsoft, or another in their place.
struct OpenIDProvider: SignInProvider {
    let provider: OAuthIdentity.Provider
    let clientID: String
    let clientSecret: Secret
    let metadata: OpenIDMetadata
    let client: ProviderClient
    /// Microsoft's, of which accounts are let in; nil: all.
    var tenants: Set<String>?

    func authorization(_ request: AuthorizationRequest) async throws -> String {
        let endpoints = try await metadata.endpoints()
        let query: FormFields = [
            "response_type": "code", "client_id": clientID, "redirect_uri": request.callback,
            "scope": "openid email profile", "state": request.state, "nonce": request.nonce,
            "code_challenge": request.codeChallenge, "code_challenge_method": "S256",
        ]
        return endpoints.authorization + (endpoints.authorization.contains("?") ? "&" : "?") + query.text
    }

    func identity(for answer: AuthorizationAnswer) async throws -> ProvenIdentity {
        let endpoints = try await metadata.endpoints()
        let tokens = try await client.ask(
            .post, endpoints.token,
            form: [
                "grant_type": "authorization_code", "code": answer.code, "redirect_uri": answer.callback,
                "client_id": clientID, "client_secret": clientSecret.exposed, "code_verifier": answer.codeVerifier,
            ]
        ).json
        guard let idToken = tokens["id_token"]?.string else {
            throw client.refused("no id token: \(tokens["error"]?.string ?? "?")", by: provider.rawValue)
        }
        let claims = try await verify(idToken)
        do throws(IDTokenFault) {
            try claims.check(
                issuer: endpoints.issuer, audience: clientID, nonce: answer.nonce,
                accessToken: tokens["access_token"]?.string, at: answer.now)
            return try claims.identity(of: provider, tenants: tenants)
        } catch {
            throw client.refused("the id token \(error.reason)", by: provider.rawValue)
        }
    }

    /// With the keys that are known, and once more with fresh ones where the token names another.
    private func verify(_ token: String) async throws -> IDTokenClaims {
        var keys = try await metadata.keys()
        for isRetry in [false, true] {
            do throws(TokenError) {
                let verified = try TokenVerifier(keys).verify(token)
                guard let claims = IDTokenClaims(verified.payload) else { break }
                return claims
            } catch .unknownKey where !isRetry {
                keys = try await metadata.keys(afterMissing: keys)
            } catch {
                throw client.refused("the id token: \(error)", by: provider.rawValue)
            }
        }
        throw client.refused("the id token has no readable claims", by: provider.rawValue)
    }
}
