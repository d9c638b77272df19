import Postgres
import Queue
import Runtime

/// What follows of messages that were just sent: people are notified, and answers are given for those who are away.
package struct Aftermath: Sendable {
    private let durable: DurableQueue

    package init(_ durable: DurableQueue) { self.durable = durable }

    /// Found for many at once; of most messages nothing follows. The jobs may come twice, and do no harm.
    package func follow(_ events: [ConversationEvent]) async throws {
        // A frame was there from the beginning: it is new.
        let places = events.filter { $0.frame != nil && $0.seq > 0 }
        guard !places.isEmpty else { return }
        let found: [Consequence] = try await durable.database.all(
            """
            select n.id, n.reply_to_id is not null or exists (
                    select from mentions x where x.conversation_id = n.conversation_id and x.message_id = n.id
                ) as notifies,
                coalesce(n.body ->> 'automatic', '') = '' and (
                    c.type = 'direct' and exists (
                        select from auto_replies a
                        where a.user_id = case when c.first_id = n.sender_id then c.second_id else c.first_id end
                    ) or c.type = 'business' and n.sender_id = c.customer_id and exists (
                        select from businesses b where b.id = c.business_id and b.away_text is not null
                    )
                ) as is_answered
            from unnest(\(places.map(\.conversation)), \(places.map(\.seq))) as p (conversation_id, seq)
            join messages n on n.conversation_id = p.conversation_id and n.seq = p.seq
            join conversations c on c.id = n.conversation_id
            where n.type <> 'system' and n.deleted_at is null and n.withheld_from is null
                and (n.reply_to_id is not null or c.type in ('direct', 'business') or strpos(n.content, '@') > 0)
            """)
        try await durable.enqueueAll(found.filter(\.notifies).map { NotifyOfMessage(message: $0.message) })
        try await durable.enqueueAll(found.filter(\.isAnswered).map { AnswerAutomatically(message: $0.message) })
    }

    private struct Consequence: RowDecodable {
        let message: ID<Message>
        let notifies: Bool
        let isAnswered: Bool

        init(row: Row) throws(RowError) {
            message = try row["id"]
            notifies = try row["notifies"]
            isAnswered = try row["is_answered"]
        }
    }
}
