import Postgres
import Queue
import Runtime

/// A fresh pair of tokens.
package struct RefreshedTokens: Sendable {
    package let accessToken: String
    package let refreshToken: String
    package let expiresIn: Duration
}

extension Accounts {
    private enum Verdict {
        case fresh(RefreshedTokens)
        case refused
    }

    /// The next pair of tokens for a device. A token that was used before ends the session: two have it.
    ///
    /// The one used last is an exception for half a minute, and brings the same successor again: a device that lost the
    /// answer, or asked twice at once, would otherwise be signed out. A thief gains nothing lasting by it, since the owner and
    /// the thief then hold the same token, and the second of them to use it ends the session.
    package func refresh(_ text: String, from origin: Origin) async throws -> RefreshedTokens {
        guard let token = RefreshToken(text) else { throw Self.refusedToken }
        let verdict = try await durable.transaction { transaction in
            try await judge(token, from: origin, on: transaction)
        }
        // Thrown here, so that what was found out about the session is kept.
        guard case .fresh(let tokens) = verdict else { throw Self.refusedToken }
        return tokens
    }

    private static var refusedToken: Problem { Problem(.invalidToken, "Sign in again.") }

    private func judge(
        _ token: RefreshToken, from origin: Origin, on transaction: JobTransaction
    ) async throws -> Verdict {
        let now = now
        guard let family = try await Session.lockFamily(token.session, on: transaction),
            token.isGenuine(seed: family.seed, secrets.refreshTokens), family.endedAt == nil, now < family.expiresAt
        else { return .refused }
        switch family.generation - token.generation {
        case 0:
            try await Session.rotate(
                token.session, at: now, idleUntil: now + config.idleLifetime, from: origin, on: transaction)
            return .fresh(successor(of: token, in: family, at: now))
        case 1 where now - family.rotatedAt <= Lifetimes.refreshGrace:
            return .fresh(successor(of: token, in: family, at: now))
        default:
            try await endReused(token.session, of: family.userID, from: origin, on: transaction)
            return .refused
        }
    }

    private func successor(of token: RefreshToken, in family: RefreshFamily, at now: Timestamp) -> RefreshedTokens {
        RefreshedTokens(
            accessToken: tokens.issue(family.userID, token.session, family.role, at: now),
            refreshToken: RefreshToken(
                token.session, token.generation + 1, seed: family.seed, secrets.refreshTokens
            ).text,
            expiresIn: tokens.lifetime)
    }

    private func endReused(
        _ session: ID<Session>, of user: ID<User>, from origin: Origin, on transaction: JobTransaction
    ) async throws {
        guard try await Session.end(session, of: user, as: .reuse, at: now, on: transaction) else { return }
        try await AuditEntry(.tokenReused, by: nil, to: user, session: session, from: origin, at: now)
            .write(on: transaction)
        try await notify(user, of: .tokenReused, on: transaction)
    }
}
