import Postgres
import Runtime

/// A message whose conversation is locked, for changes that nobody in particular makes.
struct MessagePlace: RowDecodable {
    let conversation: ID<Conversation>
    let message: ID<Message>
    let mark: RevMark

    init(_ message: ID<Message>, since mark: RevMark) {
        conversation = mark.conversation
        self.message = message
        self.mark = mark
    }

    init(row: Row) throws(RowError) {
        conversation = try row["conversation_id"]
        message = try row["id"]
        mark = RevMark(conversation: conversation, rev: try row["last_rev"])
    }

    /// Nil where there is no such message any more, or its conversation has ended and that matters.
    static func lock(
        _ id: ID<Message>, evenIfEnded: Bool = false, on transaction: some SQLRunner
    ) async throws -> MessagePlace? {
        try await lockConversation(of: id, on: transaction)
        return try await transaction.first(
            """
            select n.conversation_id, n.id, c.last_rev from messages n
            join conversations c on c.id = n.conversation_id and (c.deleted_at is null or \(evenIfEnded))
            where n.id = \(id) and n.deleted_at is null
            """)
    }

    /// What is read in a later statement was committed by whoever held the lock before.
    static func lockConversation(of id: ID<Message>, on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            select from conversations c
            where c.id = (select n.conversation_id from messages n where n.id = \(id))
            for no key update
            """)
    }

    /// Begins a statement that gives the conversation its next rev, which is then `raised.rev`.
    var raise: SQL {
        """
        with raised as (
            update conversations set last_rev = last_rev + 1, changed_in = pg_current_xact_id()
            where id = \(conversation)
            returning last_rev as rev
        )
        """
    }

    /// Something about it that stands elsewhere has changed.
    func touch(on transaction: some SQLRunner) async throws {
        try await transaction.run(
            "\(raise) update messages n set rev = raised.rev from raised where n.id = \(message)")
    }

    /// What goes with a message.
    private static let parts: [StaticString] = [
        "message_versions", "reactions", "poll_votes", "polls", "hashtags", "mentions", "saved_messages",
        "media_references",
    ]

    /// Leaves an empty place that all see.
    func delete(at now: Timestamp, on transaction: some SQLRunner) async throws {
        try await remove(Self.parts, on: transaction)
        try await transaction.run(
            """
            \(raise)
            update messages n
            set content = '', body = null, deleted_at = \(now), reaction_count = 0, pinned_at = null, pinned_by = null,
                rev = raised.rev
            from raised
            where n.id = \(message)
            """)
    }

    /// After its text has changed.
    func noteTagsAndMentions(on transaction: some SQLRunner) async throws {
        try await remove(["hashtags", "mentions"], on: transaction)
        try await transaction.run("select note_tags_and_mentions(array[\(message)::uuid])")
    }

    private func remove(_ parts: [StaticString], on transaction: some SQLRunner) async throws {
        for part in parts {
            try await transaction.run(
                "delete from \(literally: part) where conversation_id = \(conversation) and message_id = \(message)")
        }
    }
}
