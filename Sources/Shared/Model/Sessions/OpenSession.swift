import Crypto
import JSON
import Postgres
import Queue
import Runtime

/// What a device gets when it is signed in.
package struct SignedIn: Sendable {
    package let user: User
    package let accessToken: String
    package let refreshToken: String
    package let expiresIn: Duration
}

/// What a sign-in has come to.
package enum SignIn: Sendable {
    case complete(SignedIn)
    /// A code is wanted besides; the token stands for what was proven already.
    case secondFactor(token: String, expiresIn: Duration)
}

extension Accounts {
    /// Signs in a device, in the transaction of what proved that it may.
    func openSession(
        _ user: ID<User>, by method: Session.Method, from origin: Origin, on transaction: JobTransaction
    ) async throws -> SignedIn {
        let (id, now) = (ID<Session>.new(), now)
        let seed = SecureRandom.bytes(32)
        try await Session.insert(
            id, of: user, by: method, from: origin, seed: seed, at: now, idleUntil: now + config.idleLifetime,
            expiresAt: now + Lifetimes.session, on: transaction)
        try await AuditEntry(
            .signedIn, by: user, session: id, from: origin, at: now, ["method": .string(method.rawValue)]
        ).write(on: transaction)
        guard let found = try await User.find(user, at: now, on: transaction) else {
            throw Problem(.invalidCredentials)
        }
        return SignedIn(
            user: found, accessToken: tokens.issue(user, id, found.role, at: now),
            refreshToken: RefreshToken(id, 0, seed: seed, secrets.refreshTokens).text,
            expiresIn: tokens.lifetime)
    }

    /// Signs in a device, or asks for the second factor where there is one.
    func signIn(
        _ user: ID<User>, by method: Session.Method, hasSecondFactor: Bool, from origin: Origin,
        on transaction: JobTransaction
    ) async throws -> SignIn {
        guard hasSecondFactor else {
            return .complete(try await openSession(user, by: method, from: origin, on: transaction))
        }
        let code = IssuedCode(.secondFactor, for: user, at: now, lifetime: Lifetimes.secondFactor)
        try await code.insert(method: method, on: transaction)
        return .secondFactor(token: secrets.secondFactorTokens.token(for: code.id), expiresIn: code.lifetime)
    }
}
