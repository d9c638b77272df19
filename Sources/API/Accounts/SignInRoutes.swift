import APIFrame
import HTTP
import Model
import Runtime

/// Registering, signing in and out, sessions.
struct SignInRoutes: Sendable {
    let accounts: Accounts

    var routes: [APIRoute] {
        [
            .post(
                "/auth/register", "Make an account", access: .open, limit: .guessing,
                errors: [.emailTaken, .usernameTaken, .tooManyAttempts], idempotency: .refused,
                details: "Usable at once. The address is unverified until the link of the mail was followed.", register),
            .post(
                "/auth/login", "Sign in", access: .open, limit: .guessing,
                errors: [.invalidCredentials, .tooManyAttempts], idempotency: .refused,
                details: """
                    Wrong passwords are counted by account and address. A device that has been signed in before sends its \
                    last `refreshToken` along, whatever became of it, and has tries of its own that nobody else uses up.
                    """, login),
            .post(
                "/auth/mfa", "Give the second factor of a sign-in", access: .open, limit: .guessing,
                errors: [.invalidCode, .secondFactorExpired, .tooManyAttempts, .invalidCredentials],
                idempotency: .refused, completeSignIn),
            .post(
                "/auth/refresh", "Get the next pair of tokens", access: .open, errors: [.invalidToken],
                idempotency: .refused,
                details: """
                    Each refresh token works once. Used again later it ends the session, since somebody else must have \
                    it too; the one used last brings the same successor for half a minute, for a device that lost the answer.
                    """, refresh),
            .post("/auth/logout", "Sign out this device", idempotency: .refused, logout),
            .get("/auth/sessions", "List the devices that are signed in", sessions),
            .delete("/auth/sessions", "Sign out all devices, this one too", logoutEverywhere),
            .delete("/auth/sessions/{id}", "Sign out a device", endSession),
        ]
    }

    private func register(_ input: RegistrationInput, _ call: Call) async throws -> Created<SignedIn> {
        let signedIn = try await accounts.register(
            Registration(
                email: input.email, username: input.username, password: input.password.exposed,
                displayName: input.displayName),
            from: call.origin)
        return Created(signedIn)
    }

    private func login(_ input: LoginInput, _ call: Call) async throws -> SignInAnswer {
        SignInAnswer(
            signIn: try await accounts.login(
                input.email, input.password.exposed, onDeviceOf: input.refreshToken, from: call.origin))
    }

    private func completeSignIn(_ input: SecondFactorInput, _ call: Call) async throws -> SignedIn {
        try await accounts.completeSignIn(input.token, code: input.code, from: call.origin)
    }

    private func refresh(_ input: RefreshInput, _ call: Call) async throws -> RefreshedTokens {
        try await accounts.refresh(input.token, from: call.origin)
    }

    private func logout(_ input: NoInput, _ call: Call) async throws -> NoContent {
        try await accounts.logOut(try call.signedIn, from: call.origin)
        return NoContent()
    }

    private func logoutEverywhere(_ input: NoInput, _ call: Call) async throws -> NoContent {
        try await accounts.logOutEverywhere(try call.signedIn, from: call.origin)
        return NoContent()
    }

    private func sessions(_ input: NoInput, _ call: Call) async throws -> Page<ListedSession> {
        let user = try call.signedIn
        return Page(
            try await accounts.sessions(of: user).map {
                ListedSession(session: $0, isCurrent: $0.id == user.session)
            })
    }

    private func endSession(_ input: SessionPath, _ call: Call) async throws -> NoContent {
        try await accounts.endSession(input.id, of: try call.signedIn, from: call.origin)
        return NoContent()
    }
}

struct RegistrationInput: RouteInput {
    let email: EmailAddress
    let username: Username
    let password: Secret
    let displayName: String?

    init(from input: inout InputReader) {
        email = input.read("email", .address)
        username = input.read("username", .username)
        password = input.read("password", .newPassword)
        displayName = input.readIfPresent("displayName", .line(0...80))
    }
}

struct LoginInput: RouteInput {
    let email: EmailAddress
    let password: Secret
    let refreshToken: String?

    init(from input: inout InputReader) {
        email = input.read("email", .address)
        password = input.read("password", .presentPassword)
        refreshToken = input.readIfPresent("refreshToken", .token.described("The last one that this device has had."))
    }
}

struct SecondFactorInput: RouteInput {
    let token: String
    let code: String

    init(from input: inout InputReader) {
        token = input.read("mfaToken", .token)
        code = input.read("code", .code)
    }
}

struct RefreshInput: RouteInput {
    let token: String
    init(from input: inout InputReader) { token = input.read("refreshToken", .token) }
}

struct SessionPath: RouteInput {
    let id: ID<Session>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

/// A session among the others of its person.
struct ListedSession: Representable {
    let session: Session
    let isCurrent: Bool

    static let representation = Representation<ListedSession>(
        "Session", "A device that is signed in.",
        [
            .member("id") { $0.session.id },
            .member("method", "How it was signed in.") { $0.session.method },
            .member("device", "What it said of itself.") { $0.session.device },
            .member("address", "From where it was used last.") { $0.session.address },
            .member("createdAt") { $0.session.createdAt },
            .member("lastUsedAt") { $0.session.lastUsedAt },
            .member("expiresAt", "When it ends unless it is used.") { $0.session.expiresAt },
            .member("isCurrent", "Whether it is the one that asks.") { $0.isCurrent },
        ])
}
