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
        /// So long it is believed which processes hold sockets. Of a new one nobody knows until then: its people are taken for
        /// absent, and `push.plan` looks again.
        package var glance = Duration.seconds(1)

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
    private let processes = Mutex<(names: [String], until: MonotonicTime)>(([], MonotonicTime(nanoseconds: 0)))

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
        var candidates: [(place: Place, delay: Duration)] = []
        for (conversation, audience) in try await desk.audiences(of: new) {
            let users = audience.kind == .channel ? [nil] : audience.listeners.map(\.user)
            gather(users.map { Place(conversation: conversation, user: $0) }, into: &candidates)
        }
        guard !candidates.isEmpty else { return }
        let absent = try await absent(among: Array(Set(candidates.compactMap(\.place.user))))
        var owing: [Duration: [Place]] = [:]
        for (place, delay) in candidates {
            if let user = place.user, !absent.contains(user) { continue }
            owing[delay, default: []].append(place)
        }
        for (delay, places) in owing {
            let parts = Dictionary(grouping: places, by: \.conversation).map { conversation, places in
                PlanPushes.Part(conversation: conversation, users: places.compactMap(\.user))
            }
            try await durable.enqueueAll(PlanPushes.jobs(parts), JobOptions(runAt: .now + delay))
            note(places, owedFor: delay)
        }
    }

    private func absent(among users: [ID<User>]) async throws -> Set<ID<User>> {
        guard !users.isEmpty else { return [] }
        return Set(try await presence.absent(among: users, in: try await livingProcesses()))
    }

    private func livingProcesses() async throws -> [String] {
        let now = MonotonicTime.now
        if let known = processes.withLock({ $0.until > now ? $0.names : nil }) { return known }
        let names = try await presence.livingProcesses()
        processes.withLock { $0 = (names, now + patience.glance) }
        return names
    }

    /// Without those where one is owed that has not begun yet.
    private func gather(_ places: [Place], into candidates: inout [(place: Place, delay: Duration)]) {
        let now = MonotonicTime.now
        owed.withLock { owed in
            for place in places {
                guard let last = owed[place] else {
                    candidates.append((place, patience.first))
                    continue
                }
                guard last.until <= now else { continue }
                let isOngoing = last.until + patience.quiet > now
                candidates.append((place, isOngoing ? min(last.patience * 2, patience.longest) : patience.first))
            }
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
