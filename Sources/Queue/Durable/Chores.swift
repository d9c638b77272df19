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

/// Does chores, each in a task of its own, until it is stopped. What fails is logged and tried again at its next turn.
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
            return try await !chore.body()
        } catch {
            if !Task.isCancelled {
                logger.warning("a chore failed", ["chore": .string(chore.name), "error": .error(error)])
            }
            return true
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
