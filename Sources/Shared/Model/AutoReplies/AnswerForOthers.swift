import Postgres
import Queue
import Runtime

/// Who is away, and what is said for them.
private struct Absence: RowDecodable {
    let conversation: ID<Conversation>
    let replier: ID<User>
    let content: String?

    init(row: Row) throws(RowError) {
        conversation = try row["conversation_id"]
        replier = try row["replier"]
        content = try row["content"]
    }
}

extension Sending {
    /// At most once for each person and day (of UTC): the day is in the id under which the reply is sent. So a job that runs
    /// twice says nothing twice.
    package func answer(_ id: ID<Message>) async throws {
        guard let absence = try await absence(for: id), let content = absence.content else { return }
        var reply = NewMessage(
            in: absence.conversation, by: absence.replier, .text(content),
            clientID: "auto-reply/\(now.rfc3339.prefix(10))")
        reply.isAutomatic = true
        try await say(reply)
    }

    package func greet(_ conversation: ID<Conversation>) async throws {
        let found: (ID<User>, String?)? = try await database.first(
            """
            select b.id, b.greeting from conversations c
            join businesses b on b.id = c.business_id
            where c.id = \(conversation)
            """)
        guard let (business, greeting) = found, let greeting else { return }
        var message = NewMessage(in: conversation, by: business, .text(greeting), clientID: "greeting")
        message.isAutomatic = true
        try await say(message)
    }

    /// What cannot be said for somebody is nobody's fault: they may have left, or changed their text since.
    private func say(_ message: NewMessage) async throws {
        do { _ = try await writer.send(message) } catch is Problem {}
    }

    /// A person has said it, and the other one hears of it.
    private static let wantsAnswer: SQL =
        "n.type <> 'system' and n.withheld_from is null and n.body ->> 'automatic' is null"

    private func absence(for id: ID<Message>) async throws -> Absence? {
        let direct: Absence? = try await database.first(
            """
            select n.conversation_id, a.user_id as replier, a.content
            from messages n
            join conversations c on c.id = n.conversation_id and c.type = 'direct'
            join auto_replies a
                on a.user_id = case when c.first_id = n.sender_id then c.second_id else c.first_id end
            where n.id = \(id) and \(Self.wantsAnswer)
                and a.starts_at <= \(now) and (a.ends_at is null or a.ends_at > \(now))
            """)
        if let direct { return direct }
        let business: Absence? = try await database.first(
            """
            select n.conversation_id, b.id as replier, b.away_text as content
            from messages n
            join conversations c on c.id = n.conversation_id and c.type = 'business'
            join businesses b on b.id = c.business_id
            where n.id = \(id) and n.sender_id = c.customer_id and \(Self.wantsAnswer)
            """)
        guard let business else { return nil }
        return try await Business.isOpen(business.replier, at: now, on: database) ? nil : business
    }
}
