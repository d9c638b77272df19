import Postgres
import Queue
import Runtime

/// What follows of messages that were just sent: people are notified, and answers are given for those who are away.
package struct Aftermath: Sendable {
    private let durable: DurableQueue
    private let desk: EventDesk

    package init(_ durable: DurableQueue, _ desk: EventDesk) {
        self.durable = durable
        self.desk = desk
    }

    /// Of most messages nothing follows, and nobody is asked. The jobs may come twice, or find nothing to do: they do no harm.
    package func follow(_ events: [ConversationEvent]) async throws {
        let messages = events.compactMap(SentMessage.init).filter { $0.kind != "system" }
        let notifying = messages.filter { $0.isReply || $0.holdsAt }
        if !notifying.isEmpty {
            try await durable.enqueueAll(notifying.map { NotifyOfMessage(message: $0.id) })
        }
        let answered = try await answered(messages.filter { !$0.isAutomatic }, of: events)
        if !answered.isEmpty {
            try await durable.enqueueAll(answered.map { AnswerAutomatically(message: $0.id) })
        }
    }

    /// Those in conversations where somebody has asked for answers.
    private func answered(
        _ messages: [SentMessage], of events: [ConversationEvent]
    ) async throws -> [SentMessage] {
        let audiences = try await desk.audiences(of: events)
        let personal = messages.filter { audiences[$0.conversation]?.kind.isPersonal ?? false }
        guard !personal.isEmpty else { return [] }
        let found: [ID<Conversation>] = try await durable.database.all(
            """
            select c.id from conversations c
            where c.id = any (\(Array(Set(personal.map(\.conversation)))))
                and (exists (select from auto_replies a where a.user_id in (c.first_id, c.second_id))
                    or exists (select from businesses b where b.id = c.business_id and b.away_text is not null))
            """)
        return personal.filter { found.contains($0.conversation) }
    }
}

extension Conversation.Kind {
    /// Somebody writes to somebody, not to many.
    fileprivate var isPersonal: Bool { self == .direct || self == .business }
}
