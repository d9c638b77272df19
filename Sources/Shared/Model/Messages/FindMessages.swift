import JSON
import Postgres
import Runtime

/// What is searched for among the messages that somebody may see.
package struct MessageSearch: Sendable {
    package var words: String?
    package var tag: String?
    package var conversation: ID<Conversation>?
    package var sender: ID<User>?
    package var kind: String?
    package var since: Timestamp?
    package var until: Timestamp?

    package init(
        words: String? = nil, tag: String? = nil, conversation: ID<Conversation>? = nil, sender: ID<User>? = nil,
        kind: String? = nil, since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.words = words
        self.tag = tag
        self.conversation = conversation
        self.sender = sender
        self.kind = kind
        self.since = since
        self.until = until
    }
}

extension Conversations {
    /// The latest first. Words are as web searches take them: all of them, `or`, `-not`, and "in this order".
    package func search(
        _ search: MessageSearch, for user: SignedInUser, before: ID<Message>?, limit: Int
    ) async throws -> [Message] {
        guard search.words != nil || search.tag != nil else {
            throw Problem.invalid("query", .missing, "words or a tag have to be given")
        }
        return try await Message.found(search, for: user.id, before: before, limit: limit, on: database)
    }

    /// The first message of a thread, then what was said in it, oldest first.
    package func thread(
        of id: ID<Message>, for user: SignedInUser, after seq: Int64, limit: Int
    ) async throws -> [Message] {
        let root = try await database.value(of: message(id, for: user))
        return try await database.all(
            """
            \(Message.select(for: "\(user.id)", from: Message.seen(by: user.id)))
            where n.conversation_id = \(root.conversation) and n.seq > \(seq)
                and (n.thread_root_id = \(id) or n.seq = \(root.seq)) and \(Message.isFor(user.id))
            order by n.seq
            limit \(limit)
            """)
    }
}

extension Message {
    fileprivate static func found(
        _ search: MessageSearch, for user: ID<User>, before: ID<Message>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [Message] {
        var conditions: SQL = isFor(user)
        if let sender = search.sender { conditions = "\(conditions) and n.sender_id = \(sender)" }
        if let kind = search.kind { conditions = "\(conditions) and n.type = \(kind)" }
        if let since = search.since { conditions = "\(conditions) and n.created_at >= \(since)" }
        if let until = search.until { conditions = "\(conditions) and n.created_at < \(until)" }
        if let before { conditions = "\(conditions) and n.id < \(before)" }
        // Ids grow with time.
        return try await sql.all(
            """
            \(select(for: "\(user)", from: source(search, for: user)))
            where \(conditions)
            order by n.id desc
            limit \(limit)
            """)
    }

    /// Messages `n` that hold what is searched for, stay by stay of the person: by keys that begin with the conversation, however
    /// much else is said there and elsewhere. The `offset` keeps the planner from turning that round.
    private static func source(_ search: MessageSearch, for user: ID<User>) -> SQL {
        var stays: SQL = "member_periods p"
        var holds: SQL = "a.deleted_at is null and a.type <> 'system'"
        if let tag = search.tag {
            stays = "\(stays) join hashtags h on h.conversation_id = p.conversation_id and h.tag = \(tag)"
            holds = "\(holds) and a.seq = h.seq"
        }
        if let words = search.words {
            holds = "\(holds) and to_tsvector('simple', a.content) @@ websearch_to_tsquery('simple', \(words))"
        }
        let place: SQL = search.conversation.map { "and p.conversation_id = \($0)" } ?? ""
        return """
            (
                select distinct on (n.id) n.* from \(stays)
                cross join lateral (
                    select * from messages a
                    where a.conversation_id = p.conversation_id and \(holds)
                    offset 0
                ) n
                where p.user_id = \(user) \(place) and \(isCovered)
                order by n.id
            ) n
            """
    }
}
