import Postgres
import Queue
import Runtime

/// A message that somebody keeps for themselves.
package struct SavedMessage: Sendable {
    package let message: Message
    package let savedAt: Timestamp
}

extension SavedMessage: RowDecodable {
    package init(row: Row) throws(RowError) {
        message = try Message(row: row)
        savedAt = try row["saved_at"]
    }
}

extension Conversations {
    /// Keeps a message that the person sees, or lets it go. Doing either again changes nothing.
    package func setSaved(_ isSaved: Bool, _ id: ID<Message>, by user: SignedInUser) async throws {
        try await database.transaction { transaction in
            let found = try await transaction.value(of: message(id, for: user))
            guard found.deletedAt == nil else { throw Self.unknownMessage }
            let count =
                isSaved
                ? try await transaction.run(
                    """
                    insert into saved_messages (user_id, conversation_id, message_id, saved_at)
                    values (\(user.id), \(found.conversation), \(id), \(now))
                    on conflict (user_id, message_id) do nothing
                    """)
                : try await transaction.run(
                    "delete from saved_messages where user_id = \(user.id) and message_id = \(id)")
            guard count > 0 else { return }
            try await UserChange.record(.savedMessages, of: user.id, at: now, on: transaction)
        }
    }

    /// Those that the person still sees, the last one that was saved first.
    package func saved(
        by user: SignedInUser, before: (Timestamp, ID<Message>)?, limit: Int
    ) async throws -> [SavedMessage] {
        try await database.all(
            """
            \(Message.select(for: "\(user.id)", from: Message.seen(by: user.id), besides: "s.saved_at"))
            join saved_messages s on s.user_id = \(user.id) and s.message_id = n.id
                and s.conversation_id = n.conversation_id
            where \(Message.isFor(user.id))
                and (\(before?.0)::timestamptz is null or (s.saved_at, s.message_id) < (\(before?.0), \(before?.1)))
            order by s.saved_at desc, s.message_id desc
            limit \(limit)
            """)
    }
}

extension UserChange.Subject {
    static let savedMessages = UserChange.Subject("saved_messages")
}
