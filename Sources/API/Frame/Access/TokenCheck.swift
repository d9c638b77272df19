import Model
import Runtime

/// What an access token says, once its signature was found right.
package struct AccessToken: Sendable, Hashable {
    package let user: ID<User>
    package let session: ID<Session>
    package let expiresAt: Timestamp

    package init(user: ID<User>, session: ID<Session>, expiresAt: Timestamp) {
        self.user = user
        self.session = session
        self.expiresAt = expiresAt
    }
}

/// Why a token does not count.
package enum TokenRefusal: Error {
    case invalid, expired
}

/// Knows access tokens: what the accounts give to the frame.
package protocol TokenCheck: Sendable {
    /// Checks signature, claims and times. What it answers is kept, and from then on only the times are looked at.
    func check(_ token: String, at now: Timestamp) throws(TokenRefusal) -> AccessToken

    /// Whether the session was ended; nil while nobody can say. Asked with every request, so it answers from memory.
    func isRevoked(_ token: AccessToken) -> Bool?

    /// Whether the person is an administrator now: asked of the database, every time.
    func isAdmin(_ user: ID<User>) async throws -> Bool
}
