import Postgres
import Runtime

/// Who belongs to a conversation, and what each of them may hear.
package struct Audience: Sendable {
    package struct Listener: Sendable {
        let user: ID<User>
        /// Of the present stay.
        let fromRev: Int64
        fileprivate(set) var stays: Stays
    }

    /// Grows with every stay that begins or ends.
    package let version: Int64
    package let kind: Conversation.Kind
    /// Of a channel nobody: each process that holds sockets finds out which of its people follow it.
    package fileprivate(set) var listeners: [Listener]
    let readAt: MonotonicTime

    /// Who hears what it says, and who hears no more than that its rev has passed.
    func split(_ event: ConversationEvent) -> (told: [ID<User>], passed: [ID<User>]) {
        var told: [ID<User>] = []
        var passed: [ID<User>] = []
        told.reserveCapacity(listeners.count)
        for listener in listeners where event.rev == 0 || listener.fromRev <= event.rev {
            if listener.stays.sees(event.seq), event.keptFrom.isEmpty || !event.keptFrom.contains(listener.user) {
                told.append(listener.user)
            } else if event.rev > 0 {
                passed.append(listener.user)
            }
        }
        return (told, passed)
    }
}

extension Audience {
    static func read(
        _ conversations: [ID<Conversation>], on sql: some SQLRunner
    ) async throws -> [ID<Conversation>: Audience] {
        let rows: [StayRow] = try await sql.all(
            """
            select c.id, c.type, c.audience, p.user_id, p.from_rev, p.from_seq, p.to_seq, p.to_rev is null as is_open
            from conversations c
            left join member_periods p on c.type <> 'channel' and p.conversation_id = c.id
            where c.id = any (\(conversations)) and c.deleted_at is null
            order by c.id, p.user_id, p.from_rev desc
            """)
        let now = MonotonicTime.now
        var found: [ID<Conversation>: Audience] = [:]
        for row in rows {
            found[
                row.conversation,
                default: Audience(version: row.version, kind: row.kind, listeners: [], readAt: now)
            ].add(row)
        }
        return found
    }

    /// The stays of a person come one after the other, the present one first.
    private mutating func add(_ row: StayRow) {
        guard let stay = row.stay else { return }
        if stay.isOpen {
            listeners.append(Listener(user: stay.user, fromRev: stay.fromRev, stays: Stays(from: stay.fromSeq)))
        } else if let last = listeners.indices.last, listeners[last].user == stay.user, let end = stay.toSeq {
            listeners[last].stays.add(earlier: stay.fromSeq, to: end)
        }
    }
}

private struct StayRow: RowDecodable {
    struct Stay {
        let user: ID<User>
        let fromRev: Int64
        let fromSeq: Int64
        let toSeq: Int64?
        let isOpen: Bool
    }

    let conversation: ID<Conversation>
    let kind: Conversation.Kind
    let version: Int64
    let stay: Stay?

    init(row: Row) throws(RowError) {
        conversation = try row["id"]
        kind = try row["type"]
        version = try row["audience"]
        let user: ID<User>? = try row["user_id"]
        guard let user else {
            stay = nil
            return
        }
        stay = Stay(
            user: user, fromRev: try row["from_rev"], fromSeq: try row["from_seq"], toSeq: try row["to_seq"],
            isOpen: try row["is_open"])
    }
}
