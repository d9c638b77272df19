import Postgres
import Runtime

/// What has changed in a conversation after a rev, as it is now.
package struct ConversationChanges: Sendable {
    /// In the order of their revs.
    package let messages: [Message]
    package let members: [MemberChange]
    /// If its own row changed.
    package let conversation: Conversation?
    /// Up to where this is whole: where to go on from.
    package let throughRev: Int64
    package let hasMore: Bool
    /// The past is not whole from where the caller stands, and nothing else is said here: everything has to be read anew.
    package let reset: Bool

    /// The caller reads the pages of messages, and goes on from `throughRev`, above which nothing is in them yet.
    fileprivate static func anew(from rev: Int64) -> ConversationChanges {
        ConversationChanges(
            messages: [], members: [], conversation: nil, throughRev: rev, hasMore: false, reset: true)
    }
}

/// Where somebody's membership stands.
package struct MemberChange: Sendable {
    package let user: ID<User>
    package let role: Member.Role
    package let joinedAt: Timestamp
    /// Nil as long as they belong to it.
    package let leftAt: Timestamp?
    package let rev: Int64
}

extension Conversations {
    /// From one snapshot, so that nothing is skipped that commits meanwhile.
    package func changes(
        in id: ID<Conversation>, since rev: Int64, for user: SignedInUser, limit: Int
    ) async throws -> ConversationChanges {
        try await database.transaction(.readOnly) { transaction in
            guard let view = try await View.find(id, for: user.id, on: transaction) else { throw Self.unknown }
            // Who came (back) after that rev sees another past than before.
            guard rev == 0 || rev >= view.fromRev else { return .anew(from: view.lastRev) }
            let found = try await Message.changed(in: id, since: rev, for: user.id, limit: limit + 1, on: transaction)
            let messages = Array(found.prefix(limit))
            let hasMore = found.count > limit
            let through = hasMore ? messages.last?.rev ?? view.lastRev : max(rev, view.lastRev)
            return ConversationChanges(
                messages: messages,
                members: try await MemberChange.all(in: id, after: rev, through: through, on: transaction),
                conversation: view.ownRev > rev && view.ownRev <= through
                    ? try await Conversation.find(id, for: user.id, on: transaction) : nil,
                throughRev: through, hasMore: hasMore, reset: false)
        }
    }
}

/// From where on somebody sees a conversation, and how far it is.
private struct View: RowDecodable {
    let fromRev: Int64
    let lastRev: Int64
    let ownRev: Int64

    init(row: Row) throws(RowError) {
        fromRev = try row["from_rev"]
        lastRev = try row["last_rev"]
        ownRev = try row["own_rev"]
    }

    static func find(_ id: ID<Conversation>, for user: ID<User>, on sql: some SQLRunner) async throws -> View? {
        try await sql.first(
            """
            select p.from_rev, c.last_rev, c.own_rev
            from conversations c
            join member_periods p on p.conversation_id = c.id and p.user_id = \(user) and p.to_rev is null
            where c.id = \(id) and c.deleted_at is null
            """)
    }
}

extension Message {
    fileprivate static func changed(
        in conversation: ID<Conversation>, since rev: Int64, for user: ID<User>, limit: Int, on sql: some SQLRunner
    ) async throws -> [Message] {
        try await sql.all(
            """
            \(select(for: "\(user)", from: seen(by: user)))
            where n.conversation_id = \(conversation) and n.rev > \(rev) and \(isFor(user))
            order by n.rev
            limit \(limit)
            """)
    }
}

extension MemberChange: RowDecodable {
    package init(row: Row) throws(RowError) {
        user = try row["user_id"]
        role = try row["role"]
        joinedAt = try row["joined_at"]
        leftAt = try row["left_at"]
        rev = try row["rev"]
    }

    /// In a channel members come and go unsaid.
    fileprivate static func all(
        in conversation: ID<Conversation>, after rev: Int64, through last: Int64, on sql: some SQLRunner
    ) async throws -> [MemberChange] {
        try await sql.all(
            """
            select m.user_id, m.role, m.joined_at, m.left_at, m.rev
            from members m
            join conversations c on c.id = m.conversation_id and c.type <> 'channel'
            where m.conversation_id = \(conversation) and m.rev > \(rev) and m.rev <= \(last)
            order by m.rev, m.user_id
            """)
    }
}
