import Postgres
import Runtime
import Synchronization

/// A process's name in the outbox. As long as its row is renewed, it is trusted to push what it writes; when it is not,
/// the relay pushes again what this process may have left behind.
final class OutboxWriter: Sendable {
    private struct State {
        var id: Int32?
        /// Past this, others may have declared us dead.
        var freshUntil = MonotonicTime(nanoseconds: 0)
        var registering: Task<Int32, any Error>?
    }

    /// How long a row counts without being renewed, and how long we count on it ourselves.
    static let lease = Duration.seconds(20)
    static let trust = Duration.seconds(12)
    static let beat = Duration.seconds(4)
    /// Ids carry the time. This much older than now, they may belong to a clock that was set back.
    static let clockMargin = Duration.seconds(60)

    private let name: String
    private let database: Database
    private let unpushed: UnpushedJobs
    private let state = Mutex(State())

    init(name: String, database: Database, unpushed: UnpushedJobs) {
        self.name = name
        self.database = database
        self.unpushed = unpushed
    }

    /// The id to write rows under, a new one where there is none that others surely count on.
    func identity() async throws -> Int32 {
        let (id, registering) = state.withLock { state -> (Int32?, Task<Int32, any Error>?) in
            if let id = state.id, MonotonicTime.now < state.freshUntil { return (id, nil) }
            if let task = state.registering { return (nil, task) }
            let task = Task { try await self.register() }
            state.registering = task
            return (nil, task)
        }
        if let id { return id }
        guard let registering else { preconditionFailure("either there is an id or one is being registered") }
        return try await registering.value
    }

    private func register() async throws -> Int32 {
        defer { state.withLock { $0.registering = nil } }
        let sent = MonotonicTime.now
        let id: Int32 = try await database.one(
            """
            insert into outbox_writers (name, alive_until, pushed_before)
            values (\(name), now() + \(Self.lease), \(pushedBefore))
            returning id
            """)
        state.withLock { state in
            state.id = id
            state.freshUntil = sent + Self.trust
        }
        return id
    }

    /// Leaves what was written under this id to the relay; from now on we have another.
    func abandon(_ id: Int32) {
        state.withLock { state in
            if state.id == id { state.id = nil }
        }
    }

    /// Renews the row.
    func renew() async throws {
        // Before the id is read: who abandons it closes tickets only afterwards.
        let pushedBefore = pushedBefore
        guard let id = state.withLock({ $0.id }) else { return }
        let sent = MonotonicTime.now
        let renewed = try await database.run(
            """
            update outbox_writers set alive_until = now() + \(Self.lease), pushed_before = \(pushedBefore)
            where id = \(id)
            """, within: Self.beat)
        guard renewed > 0 else { return abandon(id) }
        state.withLock { state in
            if state.id == id { state.freshUntil = sent + Self.trust }
        }
    }

    /// Says that nothing is left behind, if so.
    func signOff() async throws {
        guard let id = state.withLock({ $0.id }), unpushed.least == nil else { return }
        abandon(id)
        try await database.run("delete from outbox_writers where id = \(id)")
    }

    private var pushedBefore: UUID {
        let recent = UUID.first(at: .now - Self.clockMargin)
        return min(unpushed.least ?? recent, recent)
    }
}

extension UUID {
    /// The least version 7 id of that moment.
    static func first(at time: Timestamp) -> UUID {
        UUID(high: UInt64(bitPattern: time.milliseconds) << 16 | 0x7000, low: 0x8000_0000_0000_0000)
    }
}

/// The jobs that were written, or are about to be, and are not known to be in Redis.
final class UnpushedJobs: Sendable {
    /// Stands for jobs that are pushed together.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: Int
    }

    private struct State {
        var last = 0
        var least: [Int: UUID] = [:]
    }

    private let state = Mutex(State())

    func open(_ rows: [OutboxRow]) -> Ticket {
        let least = rows.lazy.map(\.job.id.uuid).min() ?? UUID(high: .max, low: .max)
        return state.withLock { state in
            state.last += 1
            state.least[state.last] = least
            return Ticket(number: state.last)
        }
    }

    func close(_ tickets: [Ticket]) {
        state.withLock { state in
            for ticket in tickets { state.least[ticket.number] = nil }
        }
    }

    /// The smallest id among them.
    var least: UUID? { state.withLock { $0.least.values.min() } }
}
