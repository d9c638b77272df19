import JSON
import Postgres
import Runtime

/// Makes deliveries of events: reads what has to be read, and finds who hears of it.
package struct EventDesk: Sendable {
    let database: Database
    let audiences: Audiences

    package init(database: Database) {
        self.database = database
        audiences = Audiences(database: database)
    }

    /// In the order of the events. What nobody is to hear of is left out.
    package func deliveries(of events: [ConversationEvent]) async throws -> [Delivery] {
        let events = try await withFrames(events)
        let found = try await audiences(of: events)
        return events.compactMap { event in found[event.conversation].flatMap { delivery(of: event, to: $0) } }
    }

    /// Of the conversations in which they happened. Asked again, it remembers.
    package func audiences(of events: [ConversationEvent]) async throws -> [ID<Conversation>: Audience] {
        var versions: [ID<Conversation>: Int64] = [:]
        for event in events { versions[event.conversation] = max(versions[event.conversation] ?? 0, event.audience) }
        return try await audiences.find(versions)
    }

    /// What stands in a conversation under revs of which nobody has told.
    package func deliveries(
        of revs: ClosedRange<Int64>, in conversation: ID<Conversation>
    ) async throws -> [Delivery] {
        let audience: Int64? = try await database.first(
            "select audience from conversations where id = \(conversation)")
        guard let audience else { return [] }
        return try await deliveries(
            of: revs.map { ConversationEvent(conversation, rev: $0, audience: audience) })
    }

    package func lastRevs(of conversations: [ID<Conversation>]) async throws -> [ID<Conversation>: Int64] {
        let rows: [(ID<Conversation>, Int64)] = try await database.all(
            "select id, last_rev from conversations where id = any (\(conversations))")
        return Dictionary(rows) { first, _ in first }
    }

    private func withFrames(_ events: [ConversationEvent]) async throws -> [ConversationEvent] {
        let bare = events.indices.filter { events[$0].frame == nil }
        guard !bare.isEmpty else { return events }
        var events = events
        for (index, read) in zip(bare, try await ConversationEvent.read(bare.map { events[$0] }, on: database)) {
            events[index] = read
        }
        return events
    }

    private func delivery(of event: ConversationEvent, to audience: Audience) -> Delivery? {
        guard audience.kind != .channel else {
            return Delivery(
                event.conversation, rev: event.rev,
                to: .followers(audience: event.audience, seq: event.seq, keptFrom: event.keptFrom),
                event.frame ?? [])
        }
        let (told, passed) = audience.split(event)
        guard !told.isEmpty || !passed.isEmpty else { return nil }
        guard let frame = event.frame else {
            return Delivery(event.conversation, rev: event.rev, to: .people([]), passed: told + passed, [])
        }
        return Delivery(event.conversation, rev: event.rev, to: .people(told), passed: passed, frame)
    }
}
