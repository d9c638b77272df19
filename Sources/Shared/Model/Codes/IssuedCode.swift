import Runtime

/// A code or link that was given out, and what it is good for.
struct IssuedCode: Sendable {
    enum Purpose: String, Sendable, CaseIterable {
        case verifyEmail = "verify_email"
        case changeEmail = "change_email"
        case resetPassword = "reset_password"
        case phone
        case secondFactor = "second_factor"
    }

    let id: ID<IssuedCode>
    let purpose: Purpose
    let user: ID<User>?
    /// What is proven by it.
    var email: EmailAddress?
    let createdAt: Timestamp
    let lifetime: Duration

    init(
        _ purpose: Purpose, for user: ID<User>?, email: EmailAddress? = nil, at now: Timestamp, lifetime: Duration
    ) {
        id = .new()
        self.purpose = purpose
        self.user = user
        self.email = email
        createdAt = now
        self.lifetime = lifetime
    }

    var expiresAt: Timestamp { createdAt + lifetime }
}
