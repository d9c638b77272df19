import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// Signing in with an account at a provider.
struct OAuthRoutes: Sendable {
    let accounts: Accounts
    /// Whether browsers reach us by HTTPS alone.
    let isHTTPS: Bool

    var routes: [APIRoute] {
        [
            .get(
                "/auth/oauth/{provider}/start", "Begin a sign-in at a provider", access: .open, limit: .guessing,
                details: """
                    For a browser. Without `redirectUri` the callback answers like `POST /auth/login`. With one, the \
                    browser is sent there with `code` (or `error`), which the application exchanges at \
                    `POST /auth/oauth/collect` with the verifier of `codeChallenge` (S256) within a minute.
                    """, start),
            .raw(
                .get, "/auth/oauth/{provider}/callback", "Where a provider sends the browser back", access: .open,
                limit: .guessing,
                errors: [.invalidCode, .providerRefused, .providerEmailUnverified],
                answers: [
                    .json(200, SignInAnswer.schema, "Signed in"),
                    DeclaredAnswer(
                        302, "On to the application",
                        headers: [
                            .init(name: "Location", text: "With `code` or `error`.", schema: .string(format: "uri"))
                        ]),
                ], callback),
            .post(
                "/auth/oauth/collect", "Exchange the code of a finished sign-in for tokens", access: .open,
                limit: .guessing, errors: [.invalidCode, .providerEmailUnverified], idempotency: .refused, collect),
            .get("/auth/identities", "List the accounts at providers by which one can sign in", identities),
            .post(
                "/auth/identities", "Add one, with the code of a finished sign-in there",
                errors: CredentialRoutes.confirmation + [.invalidCode, .identityTaken], idempotency: .refused, link),
            .delete(
                "/auth/identities/{id}", "Remove one",
                errors: CredentialRoutes.confirmation + [.lastSignInMethod], unlink),
        ]
    }

    private func start(_ input: OAuthStartInput, _ call: Call) async throws -> Redirect {
        let start = try await accounts.startOAuth(
            input.provider, redirectURI: input.redirectURI, codeChallenge: input.codeChallenge)
        return Redirect(
            to: start.location, headers: ["Set-Cookie": cookie(start.browser, for: start.expiresIn)])
    }

    private func callback(_ input: OAuthCallbackInput, _ call: Call) async throws -> Response {
        let outcome = try await accounts.finishOAuth(
            input.provider, state: input.state, code: input.error == nil ? input.code : nil,
            browser: call.request.headers.cookie(cookieName), from: call.origin)
        var response =
            switch outcome {
            case .signIn(let signIn): try SignInAnswer(signIn: signIn).answer()
            case .redirect(let location): Redirect(to: location).answer()
            }
        response.headers.add("Set-Cookie", cookie("", for: .zero))
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    private func collect(_ input: CollectInput, _ call: Call) async throws -> SignInAnswer {
        SignInAnswer(
            signIn: try await accounts.collectSignIn(
                input.code, codeVerifier: input.codeVerifier, from: call.origin))
    }

    private func identities(_ input: NoInput, _ call: Call) async throws -> Page<OAuthIdentity> {
        Page(try await accounts.identities(of: try call.signedIn))
    }

    private func link(_ input: LinkInput, _ call: Call) async throws -> Page<OAuthIdentity> {
        Page(
            try await accounts.collectIdentity(
                input.code, codeVerifier: input.codeVerifier, password: input.password?.exposed,
                of: try call.signedIn, from: call.origin))
    }

    private func unlink(_ input: UnlinkInput, _ call: Call) async throws -> NoContent {
        try await accounts.unlink(
            input.id, password: input.password?.exposed, of: try call.signedIn, from: call.origin)
        return NoContent()
    }

    // MARK: The cookie that ties a sign-in to its browser

    /// The prefix makes browsers refuse one that another host or a page without TLS has set.
    private var cookieName: String { isHTTPS ? "__Host-oauth" : "oauth" }

    private func cookie(_ value: String, for lifetime: Duration) -> String {
        "\(cookieName)=\(value); Path=/; Max-Age=\(lifetime.components.seconds); HttpOnly; SameSite=Lax"
            + (isHTTPS ? "; Secure" : "")
    }
}

extension OAuthIdentity: Representable {
    package static let representation = Representation<OAuthIdentity>(
        "Identity", "An account at a provider by which a person signs in.",
        [
            .member("id") { $0.id },
            .member("provider") { $0.provider },
            .member("email", "As the provider said it last.") { $0.email },
            .member("createdAt") { $0.createdAt },
            .member("lastUsedAt") { $0.lastUsedAt },
        ])
}
