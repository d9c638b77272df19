import Runtime

/// A code with which people come into a group or channel by themselves.
package struct Invite: Sendable {
    package let id: ID<Invite>
    package let conversation: ID<Conversation>
    package let code: String
    package let createdBy: ID<User>
    package let createdAt: Timestamp
    /// Nil: never.
    package let expiresAt: Timestamp?
    /// Nil: any number of people.
    package let mostUses: Int?
    package let uses: Int
    package let revokedAt: Timestamp?

    package static let mostOfConversation = 100
}

/// What somebody sees who has a code, before they come in.
package struct InvitePreview: Sendable {
    package let conversation: ID<Conversation>
    package let kind: Conversation.Kind
    package let title: String?
    package let about: String?
    package let memberCount: Int
    package let expiresAt: Timestamp?
}
