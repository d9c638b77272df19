import JSON

extension Accounts {
    /// Asks once more who it is, before an administrator does what cannot be undone: by a code of the app, or, of an account
    /// that has none, by the password.
    package func checkAgain(
        _ user: SignedInUser, password: String?, code: String?, from origin: Origin
    ) async throws {
        guard let factor = try await SecondFactor.find(user.id, on: database), factor.isConfirmed else {
            _ = try await confirm(user, password: password, from: origin)
            return
        }
        guard let code else { throw Problem.invalid("code", .missing, "a code of the authenticator app is needed") }
        try await usingCode(code, of: user, from: origin) { _ in }
    }

    /// Whether it is asked by a code.
    package func hasSecondFactor(_ user: SignedInUser) async throws -> Bool {
        try await SecondFactor.find(user.id, on: database)?.isConfirmed ?? false
    }
}

extension Accounts {
    /// What a page greets somebody by.
    package func username(of user: SignedInUser) async throws -> String {
        guard let found = try await User.find(user.id, at: now, on: database) else { throw Problem(.unauthenticated) }
        return found.username
    }
}
