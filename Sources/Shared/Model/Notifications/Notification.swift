import Runtime

/// Something that a person is told of inside the application.
package struct Notification: Sendable {
    /// The names go over the wire.
    package enum Kind: String, Sendable, CaseIterable {
        case mention, reply, reaction, added
        /// One that was to be sent later could not be.
        case messageFailed = "message_failed"
    }

    package let id: ID<Notification>
    package let kind: Kind
    package let actor: ID<User>?
    package let conversation: ID<Conversation>?
    package let message: ID<Message>?
    package let createdAt: Timestamp
    package let readAt: Timestamp?
}

/// Of what a person wants to be told, and when it must not make a sound.
package struct NotificationPreferences: Sendable, Equatable {
    package var mentions = true
    package var replies = true
    package var reactions = true
    package var additions = true
    package var push = true
    package var email = true
    /// Minutes of the local day; both or none.
    package var quietFrom: Int?
    package var quietUntil: Int?

    package init() {}
}

/// Of what in one conversation a person wants to be notified.
package enum ConversationNotices: String, Sendable, CaseIterable { case all, mentions, nothing }

/// What stands beside the name of the application.
package struct Badge: Sendable {
    /// With something unread, neither muted nor archived.
    package let conversations: Int
    /// In these, each counted up to 100.
    package let messages: Int
    /// In all conversations.
    package let mentions: Int
    package let notifications: Int
}
