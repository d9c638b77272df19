import Runtime
import Synchronization

/// Work that has to be done now and then.
struct Chore: Sendable {
    let name: String
    let interval: Duration
    /// True when there is more to do at once.
    let body: @Sendable () async throws -> Bool

    init(_ name: String, every interval: Duration, _ body: @escaping @Sendable () async throws -> Bool) {
        self.name = name
        self.interval = interval
        self.body = body
    }
}

/// Does chores, each in a task of its own, until it is stopped. What fails is tried again at its next turn, and told at
/// once, then seldom, then when it works again.
final class Chores: Sendable {
    private struct State {
        var tasks: [Task<Void, Never>] = []
        var naps: [String: Task<Void, any Error>] = [:]
        var rung: Set<String> = []
        var isStopping = false
    }

    /// How long a chore may still take when all are to stop.
    private static let grace = Duration.seconds(2)

    private let chores: [Chore]
    private let loops: LoopGroup
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())
    private let complaints = Complaints()

    init(_ chores: [Chore], loops: LoopGroup, clock: any WallClock, logger: Logger) {
        self.chores = chores
        self.loops = loops
        self.clock = clock
        self.logger = logger
    }

    func start() {
        let tasks = chores.map { chore in loops.next().spawn { await self.keepDoing(chore) } }
        state.withLock { $0.tasks += tasks }
    }

    /// Returns when none is being done any more. What is being done may finish, unless that takes long.
    func stop() async {
        let tasks = state.withLock { state in
            state.isStopping = true
            for nap in state.naps.values { nap.cancel() }
            return exchange(&state.tasks, with: [])
        }
        let impatience = Task {
            try await Task.sleep(for: Self.grace)
            for task in tasks { task.cancel() }
        }
        for task in tasks { await task.value }
        impatience.cancel()
    }

    /// Lets a chore be done now, or once more if it is being done.
    func ring(_ name: String) {
        state.withLock { state in
            state.rung.insert(name)
            state.naps[name]?.cancel()
        }
    }

    private func keepDoing(_ chore: Chore) async {
        while !isStopping {
            if await isDone(chore) { await nap(chore) }
        }
    }

    private var isStopping: Bool { Task.isCancelled || state.withLock { $0.isStopping } }

    private func isDone(_ chore: Chore) async -> Bool {
        do {
            let isDone = try await !chore.body()
            if let lasted = complaints.end(chore.name) {
                logger.info("a chore works again", ["chore": .string(chore.name), "after": .duration(lasted)])
            }
            return isDone
        } catch {
            if !Task.isCancelled { tell(error, of: chore) }
            return true
        }
    }

    private func tell(_ error: any Error, of chore: Chore) {
        let facts: LogMetadata = ["chore": .string(chore.name), "error": .error(error)]
        if isOfAbsentStore(error) {
            logger.debug("a chore failed", facts)
        } else if complaints.isNews(chore.name) {
            logger.warning("a chore failed", facts)
        }
    }

    /// Ends early when the bell rings.
    private func nap(_ chore: Chore) async {
        let nap = state.withLock { state -> Task<Void, any Error>? in
            if state.rung.remove(chore.name) != nil || state.isStopping || Task.isCancelled { return nil }
            let nap = Task { [clock] in try await clock.sleep(for: chore.interval) }
            state.naps[chore.name] = nap
            return nap
        }
        guard let nap else { return }
        await withTaskCancellationHandler {
            _ = await nap.result
        } onCancel: {
            nap.cancel()
        }
        state.withLock { state in
            state.naps[chore.name] = nil
            state.rung.remove(chore.name)
        }
    }
}

/// Holds the chores of a component while it runs.
final class ChoreBox: Sendable {
    private let chores = Mutex<Chores?>(nil)

    var value: Chores? { chores.withLock { $0 } }

    func put(_ chores: Chores) { self.chores.withLock { $0 = chores } }

    func take() -> Chores? { chores.withLock { exchange(&$0, with: nil) } }
}
