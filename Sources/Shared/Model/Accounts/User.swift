import Postgres
import Runtime

/// A person, as that person sees it. Others see a `Profile`.
package struct User: Sendable {
    package enum Role: String, Sendable, CaseIterable { case member, admin }

    /// What a person wants to be seen as.
    package enum Availability: String, Sendable, CaseIterable { case online, away, dnd, offline }

    package let id: ID<User>
    package let username: String
    package let email: EmailAddress?
    package let emailVerifiedAt: Timestamp?
    /// Opened only for the person: its last digits.
    package let hasPhone: Bool
    package let role: Role
    package let displayName: String
    package let bio: String
    package let avatar: ID<Media>?
    package let status: Status?
    package let availability: Availability
    package let hasPassword: Bool
    package let hasSecondFactor: Bool
    package let deletionDueAt: Timestamp?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package var isVerified: Bool { emailVerifiedAt != nil }

    /// A few words about what somebody is doing, until they are no longer true.
    package struct Status: Sendable, Hashable {
        package let text: String?
        package let emoji: String?
        package let until: Timestamp?

        package init?(text: String?, emoji: String?, until: Timestamp?) {
            guard text != nil || emoji != nil else { return nil }
            self.text = text
            self.emoji = emoji
            self.until = until
        }
    }
}
