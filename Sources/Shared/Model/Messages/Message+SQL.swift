import JSON
import Postgres
import Runtime

extension Message: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        conversation = try row["conversation_id"]
        seq = try row["seq"]
        rev = try row["rev"]
        sender = try row["sender_id"]
        clientID = try row["client_id"]
        kind = try row["type"]
        content = try row["content"]
        let body: JSONText? = try row["body"]
        metadata = body.flatMap { try? JSONCoder.decode(JSONValue.self, from: $0.text) }?.without("attachments")
        replyTo = try row["reply_to_id"]
        threadRoot = try row["thread_root_id"]
        createdAt = try row["created_at"]
        editedAt = try row["edited_at"]
        deletedAt = try row["deleted_at"]
        pinnedAt = try row["pinned_at"]
        reactions = try Reaction.all(in: row)
        tally = try PollTally.find(in: row)
        attachments = try Media.attachments(in: row)
    }

    private static let columns: StaticString = """
        n.id, n.conversation_id, n.seq, n.rev, n.sender_id, n.client_id, n.type, n.content, n.body, n.reply_to_id,
        n.thread_root_id, n.created_at, n.edited_at, n.deleted_at, n.pinned_at, r.emoji, r.counts, r.mine,
        v.votes, v.voters, v.chosen,
        case when n.type in ('image', 'album', 'video', 'audio', 'file') then attachments_of(n.conversation_id, n.id) end
            as attachments
        """

    /// Joins reactions and votes to messages `n`, as `viewer`, a person or a column, sees them. Where there are none, nothing is
    /// looked for.
    private static func answers(for viewer: SQL) -> SQL {
        """
        left join lateral (
            select array_agg(k.emoji order by k.first, k.emoji) as emoji,
                array_agg(k.count order by k.first, k.emoji) as counts, array_agg(k.mine order by k.first, k.emoji) as mine
            from (
                select x.emoji, count(*)::int as count, bool_or(x.user_id = \(viewer)) as mine, min(x.created_at) as first
                from reactions x
                where n.reaction_count > 0 and x.conversation_id = n.conversation_id and x.message_id = n.id
                group by x.emoji
            ) k
        ) r on true
        \(PollTally.join(for: viewer))
        """
    }

    /// Messages with what belongs to them; what follows is the rest of the statement.
    static func select(for viewer: SQL, from source: SQL = "messages n") -> SQL {
        "select \(literally: columns) from \(source) \(answers(for: viewer))"
    }

    /// The same with a column more.
    static func select(for viewer: SQL, from source: SQL, besides column: StaticString) -> SQL {
        "select \(literally: columns), \(literally: column) from \(source) \(answers(for: viewer))"
    }

    /// Of a message `n`: nobody keeps it from the person. Whether it lies within a stay is asked besides.
    static func isFor(_ user: ID<User>) -> SQL {
        """
        (n.withheld_from is null or n.withheld_from <> \(user))
            and (n.type = 'system' or not exists (
                select from blocks b where b.blocker_id = \(user) and b.blocked_id = n.sender_id
            ))
            and not exists (
                select from hidden_messages h
                where h.conversation_id = n.conversation_id and h.user_id = \(user) and h.message_id = n.id
            )
        """
    }

    /// Which way a page goes.
    package enum Range: Sendable, Equatable {
        /// The latest, or those before a number; newest first.
        case before(Int64?)
        /// Those after a number; oldest first.
        case after(Int64)
    }

    /// What the person may see of a conversation: within their stays. Nil where they never belonged to it.
    static func page(
        of conversation: ID<Conversation>, for user: ID<User>, _ range: Range, limit: Int
    ) -> Query<[Message]?> {
        let (start, end, isUpwards): (Int64, Int64, Bool) =
            switch range {
            case .before(let seq): (0, seq ?? .max, false)
            case .after(let seq): (seq, .max, true)
            }
        // Both orders walk along the primary key.
        let order: SQL = isUpwards ? "order by n.seq" : "order by n.seq desc"
        // A member for whom there is nothing gets a row without a message.
        return Query.all(
            """
            select \(literally: columns)
            from members m
            left join lateral (
                select n.*
                from messages n
                where n.conversation_id = m.conversation_id and n.seq > \(start) and n.seq < \(end)
                    and exists (
                        select from member_periods p
                        where p.conversation_id = n.conversation_id and p.user_id = m.user_id and \(isCovered)
                    )
                    and \(isFor(user))
                \(order)
                limit \(limit)
            ) n on true
            \(answers(for: "m.user_id"))
            where m.conversation_id = \(conversation) and m.user_id = \(user)
            \(order)
            """
        ).map { (rows: [OptionalMessage]) in rows.isEmpty ? nil : rows.compactMap(\.message) }
    }

    private struct OptionalMessage: RowDecodable {
        let message: Message?

        init(row: Row) throws(RowError) {
            let id: ID<Message>? = try row["id"]
            message = id == nil ? nil : try Message(row: row)
        }
    }

    /// Messages `n` within the stays of a person; each once, also where stays overlap.
    static func seen(by user: ID<User>) -> SQL {
        """
        messages n
        join lateral (
            select from member_periods p
            where p.conversation_id = n.conversation_id and p.user_id = \(user) and \(isCovered)
            limit 1
        ) stay on true
        """
    }

    /// Whether a stay `p` of a person covers a message `n`. Whoever does not belong there any more sees what was there as it
    /// was: what was changed since, or moves, they do not see.
    static let isCovered: SQL = """
        n.seq >= p.from_seq and (
            p.to_seq is null or n.seq <= p.to_seq and (
                n.rev <= p.to_rev and n.type <> 'live_location' or exists (
                    select from member_periods o
                    where o.conversation_id = p.conversation_id and o.user_id = p.user_id and o.to_rev is null
                )
            )
        )
        """

    /// One that the person may see.
    static func finding(_ id: ID<Message>, for user: ID<User>) -> Query<Message?> {
        .first(
            """
            \(select(for: "\(user)", from: seen(by: user)))
            where n.id = \(id) and \(isFor(user))
            """)
    }

    /// As their senders see them.
    static func all(_ ids: [ID<Message>], on sql: some SQLRunner) async throws -> [Message] {
        try await sql.all("\(select(for: "n.sender_id")) where n.id = any (\(ids))")
    }

    static func all(
        at places: [(ID<Conversation>, Int64)], for user: ID<User>, on sql: some SQLRunner
    ) async throws -> [Message] {
        guard !places.isEmpty else { return [] }
        let source: SQL = """
            unnest(\(places.map(\.0)), \(places.map(\.1))) as a (conversation_id, seq)
            join messages n on n.conversation_id = a.conversation_id and n.seq = a.seq
            """
        return try await sql.all(select(for: "\(user)", from: source))
    }
}

extension Reaction {
    static func all(in row: Row) throws(RowError) -> [Reaction] {
        let emoji: [String]? = try row["emoji"]
        guard let emoji else { return [] }
        let counts: [Int] = try row["counts"]
        let mine: [Bool] = try row["mine"]
        return emoji.indices.map { Reaction(emoji: emoji[$0], count: counts[$0], isMine: mine[$0]) }
    }
}

/// What became of one message of a group.
enum SendOutcome: String, SQLDecodable {
    case sent, repeated, reused, twin, missing, forbidden
    case noReply = "no_reply"
    case noThread = "no_thread"
}

/// What was written of one message of a group.
struct SendResult: RowDecodable {
    /// The numbers of what was sent.
    struct Numbers {
        let seq: Int64
        let rev: Int64
        let audience: Int64
        let keptFrom: [ID<User>]
    }

    let outcome: SendOutcome
    /// Under which it is found.
    let message: ID<Message>
    let numbers: Numbers?

    init(row: Row) throws(RowError) {
        outcome = try row["outcome"]
        message = try row["message_id"]
        let seq: Int64? = try row["seq"]
        numbers = try seq.map { (seq) throws(RowError) in
            Numbers(seq: seq, rev: try row["rev"], audience: try row["audience"], keptFrom: try row["kept_from"])
        }
    }
}

extension NewMessage {
    /// Writes a group of messages, each with an outcome of its own.
    static func write(
        _ messages: [NewMessage], at now: Timestamp, on sql: some SQLRunner
    ) async throws -> [SendResult] {
        try await sql.all(
            """
            select outcome, message_id, seq, rev, audience, kept_from from send_messages(
                \(messages.map(\.id)), \(messages.map(\.conversation)), \(messages.map(\.sender)),
                \(messages.map(\.clientID)), \(messages.map(\.digest)),
                \(messages.map(\.content.kind)), \(messages.map(\.content.text)),
                \(messages.map { $0.bodyText(at: now) }), \(messages.map(\.replyTo)),
                \(messages.map(\.threadRoot)), \(now))
            order by n
            """)
    }
}
