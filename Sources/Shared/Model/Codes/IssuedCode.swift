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

    /// What somebody who has been in may have prepared: the half of a sign-in, a link that sets the password, and a change
    /// to an address of theirs, where they could have the password set anew. Worth nothing once the owner puts them out.
    static let waysBackIn: [Purpose] = [.resetPassword, .secondFactor, .changeEmail]

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
