import Queue
import Runtime
import Synchronization

/// Sees to it that those who are not there learn of new messages on their devices: many messages of a conversation become one
/// push, and the longer it goes on the rarer they become.
///
/// Nothing is asked of PostgreSQL for a message whose readers are all there, nor for one that comes while a push that will tell of
/// it is owed already.
package final class AbsentMembers: Sendable {
    /// How long is waited for more of the same.
    package struct Patience: Sendable {
        package var first = Duration.seconds(1)
        package var longest = Duration.seconds(30)
        /// After so long it begins anew.
        package var quiet = Duration.seconds(60)

        package init() {}
    }

    /// A conversation, and one of its members; of a channel all of them.
    private struct Place: Hashable {
        let conversation: ID<Conversation>
        let user: ID<User>?
    }

    /// A push that is owed, or was.
    private struct Owed {
        /// What is said until then, it tells of.
        let until: MonotonicTime
        let patience: Duration
    }

    /// That many are remembered, some 80 bytes each.
    private static let most = 100_000

    private let durable: DurableQueue
    private let desk: EventDesk
    private let presence: PresenceBook
    private let patience: Patience
    private let owed = Mutex<[Place: Owed]>([:])

    package init(
        _ durable: DurableQueue, _ desk: EventDesk, presence: PresenceBook, patience: Patience = Patience()
    ) {
        self.durable = durable
        self.desk = desk
        self.presence = presence
        self.patience = patience
    }

    /// A job that comes twice finds nothing new, so a second run does no harm.
    package func follow(_ events: [ConversationEvent]) async throws {
        let new = events.filter(\.isNewMessage)
        guard !new.isEmpty else { return }
        let audiences = try await desk.audiences(of: new)
        let absent = try await absent(among: audiences)
        var owing: [Duration: [Place]] = [:]
        for (conversation, audience) in audiences {
            for place in Self.places(of: absent, in: audience, conversation) {
                if let delay = delay(for: place) { owing[delay, default: []].append(place) }
            }
        }
        for (delay, places) in owing {
            let parts = Dictionary(grouping: places, by: \.conversation).map { conversation, places in
                PlanPushes.Part(conversation: conversation, users: places.compactMap(\.user))
            }
            try await durable.enqueueAll(PlanPushes.jobs(parts), JobOptions(runAt: .now + delay))
            note(places, owedFor: delay)
        }
    }

    private static func places(
        of absent: Set<ID<User>>, in audience: Audience, _ conversation: ID<Conversation>
    ) -> [Place] {
        if audience.kind == .channel { return [Place(conversation: conversation, user: nil)] }
        guard !absent.isEmpty else { return [] }
        return audience.listeners.filter { absent.contains($0.user) }.map {
            Place(conversation: conversation, user: $0.user)
        }
    }

    private func absent(among audiences: [ID<Conversation>: Audience]) async throws -> Set<ID<User>> {
        var users: Set<ID<User>> = []
        for audience in audiences.values { for listener in audience.listeners { users.insert(listener.user) } }
        let there = try await presence.present(among: Array(users))
        return there.count == users.count ? [] : users.subtracting(there)
    }

    /// Nil where one is owed that has not begun yet.
    private func delay(for place: Place) -> Duration? {
        let now = MonotonicTime.now
        return owed.withLock { owed in
            guard let last = owed[place] else { return patience.first }
            guard last.until <= now else { return nil }
            return last.until + patience.quiet > now ? min(last.patience * 2, patience.longest) : patience.first
        }
    }

    /// Only now that the job is safe: what comes from here on need not have one.
    private func note(_ places: [Place], owedFor delay: Duration) {
        // A bit less, as clocks differ: what comes in between is owed once more.
        let until = MonotonicTime.now + delay / 2
        owed.withLock { owed in
            if owed.count + places.count > Self.most { owed = [:] }
            for place in places { owed[place] = Owed(until: until, patience: delay) }
        }
    }
}

extension ConversationEvent {
    private static let beginning = Array(#"{"type":"message.created""#.utf8)

    /// Its frame was there from the beginning, and says so.
    var isNewMessage: Bool { seq > 0 && frame?.starts(with: Self.beginning) == true }
}
