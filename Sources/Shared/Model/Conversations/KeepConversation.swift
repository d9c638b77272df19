import Postgres
import Queue
import Runtime

/// How somebody keeps a conversation in their own list.
package enum Keeping: Sendable {
    /// No notifications until then; nil is for good.
    case muted(until: Timestamp?)
    case unmuted
    case pinned(Bool)
    case archived(Bool)
    case notified(of: ConversationNotices)
}

extension Conversations {
    /// It is the person's own: nobody else learns of it, and their other devices do.
    package func keep(_ id: ID<Conversation>, _ keeping: Keeping, by user: SignedInUser) async throws {
        let change: SQL =
            switch keeping {
            case .muted(let until): "muted_until = \(until ?? Self.forGood)"
            case .unmuted: "muted_until = null"
            case .pinned(let isPinned): "pinned_at = case when \(isPinned) then coalesce(pinned_at, \(now)) end"
            case .archived(let isArchived):
                "archived_at = case when \(isArchived) then coalesce(archived_at, \(now)) end"
            case .notified(let notices): "notified_of = \(notices)"
            }
        try await database.transaction { transaction in
            let count = try await transaction.run(
                """
                update members set \(change)
                where conversation_id = \(id) and user_id = \(user.id) and left_at is null
                """)
            guard count > 0 else { throw Self.unknown }
            try await UserChange.record(.conversation, id.uuid, of: user.id, at: now, on: transaction)
        }
    }

    /// The last second of the year 9999, the last that RFC 3339 can say.
    private static var forGood: Timestamp { Timestamp(microseconds: 253_402_300_799_000_000) }
}

/// What may be changed of a conversation itself.
package struct ConversationEdit: Sendable {
    package let title: String?
    package let about: String?

    package init(title: String?, about: String?) {
        self.title = title
        self.about = about
    }
}

extension Conversations {
    /// What is nil stays as it is.
    package func change(
        _ id: ID<Conversation>, _ edit: ConversationEdit, by user: SignedInUser
    ) async throws -> Conversation {
        try await telling { transaction in
            guard let standing = try await MembershipStanding.take(id, for: user.id, on: transaction) else {
                throw Self.unknown
            }
            try standing.demand(standing.role != .member, "Only administrators and moderators change it")
            if edit.title != nil || edit.about != nil {
                try await transaction.run(
                    """
                    update conversations
                    set title = coalesce(\(edit.title), title), about = coalesce(\(edit.about), about),
                        last_rev = \(standing.nextRev), own_rev = \(standing.nextRev), changed_in = pg_current_xact_id()
                    where id = \(id)
                    """)
            }
            guard let changed = try await Conversation.find(id, for: user.id, on: transaction) else {
                throw Self.unknown
            }
            return (changed, standing.mark)
        }
    }
}
