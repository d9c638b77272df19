import Runtime

/// What an access token says, once its signature was found right.
package struct AccessToken: Sendable, Hashable {
    package let userID: UUID
    package let sessionID: UUID
    package let expiresAt: Timestamp

    package init(userID: UUID, sessionID: UUID, expiresAt: Timestamp) {
        self.userID = userID
        self.sessionID = sessionID
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

    /// Whether the session was ended. Asked with every request, so it answers from memory.
    func isRevoked(_ token: AccessToken) -> Bool

    /// Whether the person is an administrator now: asked of the database, every time.
    func isAdmin(_ user: UUID) async throws -> Bool
}

/// Who is signed in, as the access token says.
package struct Caller: Sendable, Hashable {
    package let userID: UUID
    package let sessionID: UUID
    package let tokenExpiresAt: Timestamp

    init(_ token: AccessToken) {
        userID = token.userID
        sessionID = token.sessionID
        tokenExpiresAt = token.expiresAt
    }
}
