import Postgres
import Runtime

/// Where people write to each other, as one of its members sees it.
package struct Conversation: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Of two people; there is one for each pair.
        case direct
        /// Of up to 256 people, each of whom may write.
        case group
        /// Of any number of people, whose administrators write.
        case channel
        /// Of a customer with the people of a business.
        case business
    }

    package let id: ID<Conversation>
    package let kind: Kind
    package let title: String?
    package let about: String?
    /// Of a direct one: who else is in it.
    package let partner: ID<User>?
    /// Of a customer with a business.
    package let business: ID<User>?
    package let customer: ID<User>?
    package let memberCount: Int
    package let lastSeq: Int64
    package let rev: Int64
    package let role: Member.Role
    package let readSeq: Int64
    package let mutedUntil: Timestamp?
    package let pinnedAt: Timestamp?
    package let archivedAt: Timestamp?
    /// Counted up to a hundred.
    package let unreadCount: Int
    /// The latest that the person may see.
    package internal(set) var lastMessage: Message?
    let lastVisibleSeq: Int64?
    package let activeAt: Timestamp
    package let createdAt: Timestamp

    package static let mostMembersOfGroup = 256
}

extension Conversation.Kind: SQLEncodable, SQLDecodable {}

/// Somebody who belongs to a conversation.
package struct Member: Sendable {
    package enum Role: String, Sendable, CaseIterable { case admin, moderator, member }

    package let user: ID<User>
    package let username: String?
    package let displayName: String
    package let role: Role
    package let joinedAt: Timestamp
}

extension Member.Role: SQLEncodable, SQLDecodable {}
