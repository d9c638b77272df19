import JSON
import Postgres
import Runtime

/// What a person has before them who wants to change a message, with the conversation's row locked: nobody else changes
/// anything there until the commit, so changes are numbered in the order in which they become visible.
struct MessageStanding: RowDecodable {
    let conversation: ID<Conversation>
    let conversationKind: Conversation.Kind
    let lastRev: Int64
    let role: Member.Role
    let message: ID<Message>
    let sender: ID<User>
    let kind: String
    let content: String
    let metadata: JSONValue?
    let createdAt: Timestamp
    let isDeleted: Bool
    let isPinned: Bool
    /// Of a direct conversation: the other person has blocked this one.
    let isBlocked: Bool

    init(row: Row) throws(RowError) {
        conversation = try row["conversation_id"]
        conversationKind = try row["conversation_type"]
        lastRev = try row["last_rev"]
        role = try row["role"]
        message = try row["id"]
        sender = try row["sender_id"]
        kind = try row["type"]
        content = try row["content"]
        let body: JSONText? = try row["body"]
        metadata = body.flatMap { try? JSONCoder.decode(JSONValue.self, from: $0.text) }
        createdAt = try row["created_at"]
        isDeleted = try row["is_deleted"]
        isPinned = try row["is_pinned"]
        isBlocked = try row["is_blocked"]
    }

    /// Nil where the person sees no such message, or belongs there no more.
    static func take(
        _ id: ID<Message>, for user: ID<User>, on transaction: some SQLRunner
    ) async throws -> MessageStanding? {
        try await MessagePlace.lockConversation(of: id, on: transaction)
        // A statement of its own, so that it sees what was committed while the lock was waited for.
        return try await transaction.first(
            """
            select n.conversation_id, c.type as conversation_type, c.last_rev, m.role, n.id, n.sender_id, n.type, n.content,
                n.body,
                n.created_at, n.deleted_at is not null as is_deleted, n.pinned_at is not null as is_pinned,
                c.type = 'direct' and exists (
                    select from blocks b
                    where b.blocked_id = \(user)
                        and b.blocker_id = case when c.first_id = \(user) then c.second_id else c.first_id end
                ) as is_blocked
            from \(Message.seen(by: user))
            join conversations c on c.id = n.conversation_id and c.deleted_at is null
            join members m on m.conversation_id = n.conversation_id and m.user_id = \(user) and m.left_at is null
            where n.id = \(id) and \(Message.isFor(user))
            """)
    }

    func mark(_ deed: ReactionDeed?) -> RevMark { RevMark(conversation: conversation, rev: lastRev, deed: deed) }

    var moderates: Bool {
        switch conversationKind {
        case .group, .channel: role != .member
        case .direct, .business: false
        }
    }

    /// Where nobody moderates, all may.
    var mayPin: Bool { conversationKind == .direct || conversationKind == .business || moderates }

    /// In channels only administrators write.
    var isReader: Bool { conversationKind == .channel && role != .admin }

    var place: MessagePlace { MessagePlace(message, since: mark(nil)) }
    var raise: SQL { place.raise }

    func touch(on transaction: some SQLRunner) async throws { try await place.touch(on: transaction) }
}
