import Model
import Postgres
import Queue
import Redis
import Runtime
import Synchronization

/// Writes down who has sockets in this process, shows its signs of life, and buries processes that show none.
package final class PresenceKeeper: LifecycleComponent {
    package let name = "presence"

    /// Who comes back sooner was never gone.
    private static let absence = Duration.seconds(3)
    private static let largestJob = 500

    private struct State {
        var came: Set<ID<User>> = []
        var left: [ID<User>: MonotonicTime] = [:]
        var epoch: String?
        /// Redis does not know its people.
        var isForgotten = false
        var task: Task<Void, Never>?
    }

    private let book: PresenceBook
    private let database: Database
    private let queue: QueueClient
    private let people: LocalPeople
    private let loop: EventLoop
    private let log: Logger
    /// Called when Redis was found emptied.
    private let emptied: @Sendable () -> Void
    private let process = UUID.v7().description
    private let state = Mutex(State())
    private let complaints = Complaints()

    init(
        _ parts: RealtimeParts, people: LocalPeople, loop: EventLoop, log: Logger,
        emptied: @escaping @Sendable () -> Void
    ) {
        book = parts.presence
        database = parts.conversations.database
        queue = parts.queue
        self.people = people
        self.loop = loop
        self.log = log.part("presence")
        self.emptied = emptied
    }

    // MARK: Sockets

    /// Somebody's first socket here has opened.
    func entered(_ user: ID<User>) {
        state.withLock { state in
            if state.left.removeValue(forKey: user) == nil { state.came.insert(user) }
        }
    }

    /// Somebody's last socket here has closed.
    func left(_ user: ID<User>) {
        state.withLock { state in
            if state.came.remove(user) == nil { state.left[user] = .now + Self.absence }
        }
    }

    func set(_ availability: Presence.Availability, of user: ID<User>) async throws {
        try await book.set(availability, of: user)
        try await tell([user])
    }

    func look(at users: [ID<User>], for viewer: ID<User>) async throws -> [Presence] {
        try await book.presences(of: users, for: viewer, on: database)
    }

    // MARK: Lifecycle

    package func start() async throws {
        let task = loop.spawn { [self] in await run() }
        state.withLock { $0.task = task }
    }

    /// Its people are gone: at once for all others, who need not wait until it is missed.
    package func stop() async {
        let task = state.withLock { $0.task.take() }
        task?.cancel()
        await task?.value
        do {
            let gone = try await book.left(by: process)
            try await book.forget(process)
            try await tell(gone)
        } catch {
            log.debug("presence is not signed off", ["error": .error(error)])
        }
    }

    private func run() async {
        var nextBeat = MonotonicTime.now
        while !Task.isCancelled {
            do {
                if MonotonicTime.now >= nextBeat {
                    nextBeat = .now + PresenceBook.beat
                    try await beat()
                }
                try await writeDown()
                _ = complaints.end("")
            } catch is CancellationError {
                return
            } catch {
                if complaints.isNews("") { log.warning("presence waits for Redis", ["error": .error(error)]) }
            }
            do { try await SystemClock().sleep(for: .milliseconds(100)) } catch { return }
        }
    }

    private func beat() async throws {
        let pulse = try await book.beat(process)
        let (wasEmptied, isForgotten) = state.withLock { state in
            let before = exchange(&state.epoch, with: pulse.epoch)
            if pulse.isNew || before != pulse.epoch { state.isForgotten = true }
            return (before != nil && before != pulse.epoch, state.isForgotten)
        }
        if wasEmptied {
            log.warning("Redis was emptied: clients are told to sync")
            emptied()
        }
        if isForgotten { try await enterEverybody() }
        for other in pulse.dead where other != process { try await bury(other) }
    }

    private func enterEverybody() async throws {
        let everybody = state.withLock { state in
            let everybody = people.all
            // Who leaves from now on has to be written off: they have come as far as Redis knows.
            state.came.subtract(everybody)
            return everybody
        }
        try await book.enter(everybody, process)
        try await tell(everybody)
        state.withLock { $0.isForgotten = false }
    }

    /// First told, then forgotten: whoever dies in between leaves it to the next.
    private func bury(_ other: String) async throws {
        let gone = try await book.left(by: other)
        try await tell(gone)
        try await book.forget(other)
        log.warning("a process has died", ["process": .string(other), "people": .int(gone.count)])
    }

    private func writeDown() async throws {
        let now = MonotonicTime.now
        let (came, left) = state.withLock { state in
            let gone = state.left.filter { $0.value <= now }.map(\.key)
            for user in gone { state.left[user] = nil }
            // On another loop they may have come before it was said here that they left.
            return (exchange(&state.came, with: []), gone.filter { !people.contains($0) })
        }
        guard !came.isEmpty || !left.isEmpty else { return }
        do {
            try await book.enter(Array(came), process)
            try await book.leave(left, process)
            try await tell(Array(came) + left)
        } catch {
            state.withLock { state in
                state.came.formUnion(came)
                for user in left { state.left[user] = now }
            }
            throw error
        }
    }

    private func tell(_ users: [ID<User>]) async throws {
        for start in stride(from: 0, to: users.count, by: Self.largestJob) {
            let part = Array(users[start..<min(start + Self.largestJob, users.count)])
            try await queue.enqueue(TellPresence(part), JobOptions(expiresAt: .now + .minutes(1)))
        }
    }
}
