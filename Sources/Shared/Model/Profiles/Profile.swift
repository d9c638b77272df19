import Runtime

/// A person, as others may see them.
package struct Profile: Sendable {
    package let id: ID<User>
    package let username: String
    package let displayName: String
    package let bio: String
    /// Nil, as the next one, where the viewer may not see it.
    package let status: User.Status?
    package let lastSeenAt: Timestamp?
    package let isBlocked: Bool
}

/// What a person wants to be different about their profile: nil leaves a thing as it is.
package struct ProfileChange: Sendable {
    package var username: Username?
    package var displayName: String?
    package var bio: String?
    /// `.some(nil)` clears it.
    package var status: User.Status??

    package init(
        username: Username? = nil, displayName: String? = nil, bio: String? = nil, status: User.Status?? = nil
    ) {
        self.username = username
        self.displayName = displayName
        self.bio = bio
        self.status = status
    }
}
