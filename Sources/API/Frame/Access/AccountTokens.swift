import Model
import Postgres
import Runtime

/// The tokens of the accounts.
package struct AccountTokens: TokenCheck {
    private let tokens: AccessTokens
    private let revocations: Revocations
    private let database: Database

    package init(_ tokens: AccessTokens, _ revocations: Revocations, _ database: Database) {
        self.tokens = tokens
        self.revocations = revocations
        self.database = database
    }

    package func check(_ token: String, at now: Timestamp) throws(TokenRefusal) -> AccessToken {
        do throws(AccessTokens.Refusal) {
            let claims = try tokens.check(token, at: now)
            return AccessToken(user: claims.user, session: claims.session, expiresAt: claims.expiresAt)
        } catch .expired {
            throw .expired
        } catch {
            throw .invalid
        }
    }

    package func isRevoked(_ token: AccessToken) -> Bool? { revocations.contains(token.session) }

    package func isAdmin(_ user: ID<User>) async throws -> Bool { try await User.isAdmin(user, on: database) }
}
