import Crypto
import Runtime

/// A sign-in at a provider that is under way.
struct OAuthFlow: Sendable {
    let provider: OAuthIdentity.Provider
    /// The application that is told of the outcome; nil: the callback answers.
    let redirectURI: String?
    let codeChallenge: String?
}

/// What goes around with a flow. All of it is made of the id, so the table holds nothing that lets anybody go on.
struct FlowSecrets {
    private let id: ID<OAuthFlow>
    private let secrets: AccountSecrets

    init(_ id: ID<OAuthFlow>, _ secrets: AccountSecrets) {
        self.id = id
        self.secrets = secrets
    }

    var state: String { secrets.flowTokens.token(for: id) }
    var nonce: String { derived("nonce") }
    /// 43 characters, as PKCE wants them.
    var codeVerifier: String { derived("verifier") }
    var codeChallenge: String { FlowSecrets.challenge(of: codeVerifier) }
    /// For a cookie: who comes back must be the browser that went.
    var browser: String { derived("browser") }

    static func challenge(of verifier: String) -> String { Base64URL.encode(Hash.sha256(verifier)) }

    private func derived(_ purpose: StaticString) -> String {
        Base64URL.encode(secrets.flowKeys.digest("\(purpose) \(id)"))
    }
}
