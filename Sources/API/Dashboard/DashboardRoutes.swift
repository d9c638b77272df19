import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// The dashboard: its page, and the sign-in of its pages. All else they ask of the admin API.
package struct DashboardRoutes: Sendable {
    private let accounts: Accounts
    private let tokens: any TokenCheck
    private let door: BrowserDoor
    private let addresses: AdminGuard
    private let files: DashboardFiles

    /// `api` is what the paths of the API begin with.
    package init(
        _ accounts: Accounts, tokens: any TokenCheck, door: BrowserDoor, addresses: AdminGuard, api: String
    ) {
        self.accounts = accounts
        self.tokens = tokens
        self.door = door
        self.addresses = addresses
        files = DashboardFiles(api: api)
    }

    package var tables: [APIRoutes] {
        [APIRoutes("Dashboard", under: "/dashboard", routes)]
    }

    private var routes: [APIRoute] {
        [
            .raw(
                .get, "/", "The dashboard", access: .open, errors: [.addressNotAllowed],
                answers: [.bytes(200, type: "text/html; charset=utf-8"), DeclaredAnswer(304)], page),
            .raw(
                .get, "/{file}", "A file of the dashboard", access: .open, errors: [.addressNotAllowed],
                answers: [
                    DeclaredAnswer(
                        200, contents: DashboardFiles.types.flatMap { DeclaredAnswer.bytes(200, type: $0).contents }),
                    DeclaredAnswer(304),
                ], file),
            .post(
                "/session/login", "Sign a page in", access: .open, limit: .guessing,
                errors: Self.refusals + [.invalidCredentials], idempotency: .refused, login),
            .post(
                "/session/mfa", "Give the second factor", access: .open, limit: .guessing,
                errors: Self.refusals + [.invalidCode, .secondFactorExpired, .invalidCredentials],
                idempotency: .refused,
                completeLogin),
            .post(
                "/session/refresh", "Go on with a session", access: .open, errors: Self.refusals + [.unauthenticated],
                idempotency: .refused, refresh),
            .post(
                "/session/check", "Show once more who it is", access: .open, limit: .guessing,
                errors: Self.refusals + [
                    .unauthenticated, .tokenExpired, .invalidCode, .invalidCredentials, .signInAgain, .notFound,
                ], idempotency: .refused, details: "Before refunds, and before what is done with dead letters.", check),
            .post(
                "/session/logout", "Sign a page out", access: .open, errors: Self.refusals, idempotency: .refused,
                logout),
        ]
    }

    private static let refusals: [Problem.Code] = [.addressNotAllowed, .forbidden, .tooManyAttempts]

    // MARK: Files

    private func page(_ input: NoInput, _ call: Call) async throws -> Response {
        try addresses.demand(call.request.client)
        return files.page
    }

    private func file(_ input: DashboardFilePath, _ call: Call) async throws -> Response {
        try addresses.demand(call.request.client)
        guard let file = files.file(input.name) else { throw Problem(.notFound, "The dashboard has no such file") }
        return file
    }

    // MARK: Sessions

    private func admit(_ call: Call) throws(Problem) {
        try addresses.demand(call.request.client)
        try door.demandOwnOrigin(call.request)
    }

    private func login(_ input: LoginInput, _ call: Call) async throws -> PageSignIn {
        try admit(call)
        let signIn = try await accounts.login(
            input.email, input.password.exposed, onDeviceOf: call.request.headers.cookie(door.refreshCookie),
            from: call.origin)
        switch signIn {
        case .secondFactor(let token, _): return .secondFactor(token: token)
        case .complete(let signedIn): return try await open(signedIn, call)
        }
    }

    private func completeLogin(_ input: SecondFactorInput, _ call: Call) async throws -> PageSignIn {
        try admit(call)
        return try await open(
            try await accounts.completeSignIn(input.token, code: input.code, from: call.origin), call)
    }

    private func open(_ signedIn: SignedIn, _ call: Call) async throws -> PageSignIn {
        try await open(
            access: signedIn.accessToken, refresh: signedIn.refreshToken, for: signedIn.expiresIn, call)
    }

    /// Only administrators stay signed in here.
    private func open(
        access: String, refresh: String, for lifetime: Duration, _ call: Call
    ) async throws -> PageSignIn {
        let user = try signedIn(by: access)
        guard try await tokens.isAdmin(user.id) else {
            try await accounts.logOut(user, from: call.origin)
            throw Problem(.forbidden, "Only administrators have a dashboard")
        }
        let session = PageSession(
            username: try await accounts.username(of: user), csrfToken: door.pageToken(for: user.session),
            expiresIn: Int(lifetime.components.seconds), hasSecondFactor: try await accounts.hasSecondFactor(user))
        return .complete(
            session,
            cookies: [
                door.cookie(door.accessCookie, access, for: lifetime),
                door.cookie(door.refreshCookie, refresh, for: Self.longest),
            ])
    }

    /// So long a page may be closed, and go on when it is opened again.
    private static let longest = Duration.hours(12)

    private func signedIn(by token: String) throws -> SignedInUser {
        do throws(TokenRefusal) { return SignedInUser(try tokens.check(token, at: .now)) } catch {
            throw Problem(.unauthenticated, "The session has ended")
        }
    }

    private func refresh(_ input: NoInput, _ call: Call) async throws -> PageSignIn {
        try admit(call)
        guard let token = call.request.headers.cookie(door.refreshCookie) else {
            throw Problem(.unauthenticated, "Nobody is signed in")
        }
        let refreshed: RefreshedTokens
        do { refreshed = try await accounts.refresh(token, from: call.origin) } catch let problem as Problem
            where problem.code == .invalidToken
        { throw Problem(.unauthenticated, "The session has ended") }
        return try await open(
            access: refreshed.accessToken, refresh: refreshed.refreshToken, for: refreshed.expiresIn, call)
    }

    private func check(_ input: PageCheckInput, _ call: Call) async throws -> PageCheck {
        try admit(call)
        guard let token = call.request.headers.cookie(door.accessCookie) else {
            throw Problem(.unauthenticated, "Nobody is signed in")
        }
        let user = try signedIn(by: token)
        try door.demandOwnPage(call.request, user.session)
        guard try await tokens.isAdmin(user.id) else { throw Problem(.forbidden) }
        try await accounts.checkAgain(
            user, password: input.password?.exposed, code: input.code, from: call.origin)
        let check = door.check(for: user.session, at: .now)
        return PageCheck(proof: check.proof, until: check.until)
    }

    private func logout(_ input: NoInput, _ call: Call) async throws -> PageFarewell {
        try admit(call)
        if let token = call.request.headers.cookie(door.accessCookie), let user = try? signedIn(by: token) {
            try await accounts.logOut(user, from: call.origin)
        }
        return PageFarewell(
            cookies: [door.accessCookie, door.refreshCookie].map { door.cookie($0, "", for: .zero) })
    }
}
