import Crypto
import Postgres
import Queue
import Runtime

/// What the callback of a provider has come to.
package enum OAuthOutcome: Sendable {
    case signIn(SignIn)
    /// The browser goes to the application, with a code for it.
    case redirect(to: String)
}

extension Accounts {
    /// The browser is back from the provider. `browser` is what its cookie says.
    package func finishOAuth(
        _ provider: OAuthIdentity.Provider, state: String, code: String?, browser: String?, from origin: Origin
    ) async throws -> OAuthOutcome {
        let remote = try providers.provider(provider)
        guard let id = secrets.flowTokens.id(in: state, of: OAuthFlow.self), let browser,
            constantTimeEqual(browser, FlowSecrets(id, secrets).browser),
            let flow = try await OAuthFlow.callBack(id, from: provider, at: now, on: database)
        else { throw Self.deadFlow }
        do {
            let identity = try await identity(code, in: id, at: remote, flow.provider)
            guard let redirectURI = flow.redirectURI else {
                return .signIn(try await signIn(identity, from: origin))
            }
            try await OAuthFlow.setIdentity(identity, of: id, on: database)
            return .redirect(to: redirectURI.adding("code", secrets.collectTokens.token(for: id)))
        } catch let problem as Problem {
            // The application began it, so it is the one to be told.
            guard let redirectURI = flow.redirectURI else { throw problem }
            return .redirect(to: redirectURI.adding("error", problem.code.rawValue))
        }
    }

    /// The application comes for the outcome, and signs in with it.
    package func collectSignIn(_ token: String, codeVerifier: String, from origin: Origin) async throws -> SignIn {
        try await signIn(try await collect(token, codeVerifier), from: origin)
    }

    /// The application comes for the outcome, and adds the identity to the account of whoever is signed in.
    package func collectIdentity(
        _ token: String, codeVerifier: String, password: String?, of user: SignedInUser, from origin: Origin
    ) async throws -> [OAuthIdentity] {
        let confirmation = try await confirm(user, password: password, from: origin)
        try await link(try await collect(token, codeVerifier), to: user, confirmation, from: origin)
        return try await identities(of: user)
    }

    private static var deadFlow: Problem {
        Problem(.invalidCode, "This sign-in has expired, was finished before, or began elsewhere.")
    }

    private func identity(
        _ code: String?, in id: ID<OAuthFlow>, at remote: any SignInProvider, _ provider: OAuthIdentity.Provider
    ) async throws -> ProvenIdentity {
        guard let code else { throw Problem(.providerRefused, "The sign-in was not allowed at the provider.") }
        let own = FlowSecrets(id, secrets)
        return try await remote.identity(
            for: AuthorizationAnswer(
                code: code, nonce: own.nonce, codeVerifier: own.codeVerifier, callback: callback(provider), now: now))
    }

    /// Shows that whoever comes is the one that began. A wrong verifier is the mark of a stolen code, which is then worth
    /// nothing any more.
    private func collect(_ token: String, _ codeVerifier: String) async throws -> ProvenIdentity {
        guard let id = secrets.collectTokens.id(in: token, of: OAuthFlow.self),
            let flow = try await OAuthFlow.collect(
                id, calledBackSince: now - Lifetimes.collection, at: now, on: database),
            constantTimeEqual(FlowSecrets.challenge(of: codeVerifier), flow.codeChallenge)
        else { throw Self.deadFlow }
        return flow.identity
    }

    private func signIn(_ identity: ProvenIdentity, from origin: Origin) async throws -> SignIn {
        try await settling(identity, from: origin) { user, hasSecondFactor, transaction in
            try await signIn(
                user, by: identity.provider.method, hasSecondFactor: hasSecondFactor, from: origin, on: transaction)
        }
    }
}

extension String {
    /// An address with one more field in its query.
    fileprivate func adding(_ name: String, _ value: String) -> String {
        self + (contains("?") ? "&" : "?") + "\(name)=\(value)"
    }
}
