import Runtime

/// A person, as others may see them.
package struct Profile: Sendable {
    package let id: ID<User>
    package let username: String
    package let displayName: String
    package let bio: String
    /// Nil, as the next ones, where the viewer may not see it.
    package let avatar: ID<Media>?
    package let status: User.Status?
    package let lastSeenAt: Timestamp?
    package let isBlocked: Bool
}

/// What a person wants to be different about their profile: nil leaves a thing as it is.
package struct ProfileChange: Sendable {
    package var username: Username?
    package var displayName: String?
    package var bio: String?
    /// `.some(nil)` takes it away.
    package var avatar: ID<Media>??
    /// `.some(nil)` clears it.
    package var status: User.Status??

    package init(
        username: Username? = nil, displayName: String? = nil, bio: String? = nil, avatar: ID<Media>?? = nil,
        status: User.Status?? = nil
    ) {
        self.username = username
        self.displayName = displayName
        self.bio = bio
        self.avatar = avatar
        self.status = status
    }
}
