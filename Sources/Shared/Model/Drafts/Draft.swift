import Postgres
import Runtime

/// What somebody has begun to write in a conversation, for their other devices.
package struct Draft: Sendable {
    package let conversation: ID<Conversation>
    package let content: String
    package let replyTo: ID<Message>?
    package let updatedAt: Timestamp
}

extension Draft: RowDecodable {
    package init(row: Row) throws(RowError) {
        conversation = try row["conversation_id"]
        content = try row["content"]
        replyTo = try row["reply_to_id"]
        updatedAt = try row["updated_at"]
    }
}

extension Conversations {
    /// Nil takes it away.
    package func setDraft(
        _ content: String?, replyTo: ID<Message>? = nil, in id: ID<Conversation>, by user: SignedInUser
    ) async throws {
        try await database.transaction { transaction in
            let belongs: Bool = try await transaction.one(
                """
                select exists (
                    select from members where conversation_id = \(id) and user_id = \(user.id) and left_at is null
                )
                """)
            guard belongs else { throw Self.unknown }
            if let content {
                try await transaction.run(
                    """
                    insert into drafts (conversation_id, user_id, content, reply_to_id, updated_at)
                    values (\(id), \(user.id), \(content), \(replyTo), \(now))
                    on conflict (conversation_id, user_id) do update
                    set content = excluded.content, reply_to_id = excluded.reply_to_id, updated_at = excluded.updated_at
                    """)
            } else {
                guard
                    try await transaction.run(
                        "delete from drafts where conversation_id = \(id) and user_id = \(user.id)") > 0
                else { return }
            }
            try await UserChange.record(.draft, id.uuid, of: user.id, at: now, on: transaction)
        }
    }

    /// In the conversations that the person belongs to, the latest first.
    package func drafts(
        of user: SignedInUser, before: (Timestamp, ID<Conversation>)?, limit: Int
    ) async throws -> [Draft] {
        try await database.all(
            """
            select d.conversation_id, d.content, d.reply_to_id, d.updated_at
            from drafts d
            join members m on m.conversation_id = d.conversation_id and m.user_id = d.user_id and m.left_at is null
            where d.user_id = \(user.id)
                and (\(before?.0)::timestamptz is null or (d.updated_at, d.conversation_id) < (\(before?.0), \(before?.1)))
            order by d.updated_at desc, d.conversation_id desc
            limit \(limit)
            """)
    }
}

extension UserChange.Subject {
    /// The subject is the conversation.
    static let draft = UserChange.Subject("draft")
}
