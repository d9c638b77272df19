import Postgres
import Runtime
import Synchronization

/// The sessions that were ended while access tokens of theirs may still be around: asked on every request, so held in
/// memory. PostgreSQL tells of each, and is asked for all of them at the start and whenever a word of it may have been
/// missed.
package final class Revocations: LifecycleComponent {
    package let name = "revocations"
    static let channel = "sessions_ended"

    private struct State {
        var ended: [ID<Session>: Timestamp] = [:]
        var addedSincePruning = 0
        var isLoaded = false
        /// Whether the first try is over, and who waits for that.
        var hasTried = false
        var starting: CheckedContinuation<Void, Never>?
        var listening: Task<Void, Never>?
    }

    private let database: Database
    /// How long a token can outlive its session, clocks that differ included.
    private let memory: Duration
    private let state = Mutex(State())
    private let loops: LoopGroup
    private let log: Logger

    package init(_ database: Database, tokenLifetime: Duration, loops: LoopGroup, log: Logger) {
        self.database = database
        memory = tokenLifetime + .minutes(1)
        self.loops = loops
        self.log = log.part("revocations")
    }

    /// Nil while nobody can say: the list was never loaded.
    package func contains(_ session: ID<Session>) -> Bool? {
        state.withLock { $0.isLoaded ? $0.ended[session] != nil : nil }
    }

    package var count: Int { state.withLock { $0.ended.count } }

    // MARK: Lifecycle

    /// Returns when the list is there, or could not be had at the first try; it is then tried for until it is.
    package func start() async throws {
        let task = loops.loops[0].spawn { [self] in
            for await heard in database.listen(to: [Self.channel]) { await take(heard) }
            noteTried()
        }
        state.withLock { $0.listening = task }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting in
                let isOver = state.withLock { state in
                    if !state.hasTried { state.starting = waiting }
                    return state.hasTried
                }
                if isOver { waiting.resume() }
            }
        } onCancel: {
            noteTried()
        }
        if Task.isCancelled {
            task.cancel()
            throw CancellationError()
        }
    }

    private func noteTried() {
        let waiting = state.withLock { state in
            state.hasTried = true
            defer { state.starting = nil }
            return state.starting
        }
        waiting?.resume()
    }

    package func stop() async {
        let task = state.withLock { state in
            defer { state.listening = nil }
            return state.listening
        }
        task?.cancel()
        await task?.value
    }

    private func take(_ heard: Heard) async {
        switch heard {
        case .notification(_, let payload):
            if let session = ID<Session>(payload) { add([(session, .now)]) }
        case .listening, .gap: await load()
        }
    }

    /// Until it has succeeded: a list with holes would let ended sessions in. What is known stays in force meanwhile.
    private func load() async {
        while !Task.isCancelled {
            do {
                add(try await Session.ended(since: .now - memory, on: database))
                state.withLock { $0.isLoaded = true }
                noteTried()
                return log.debug("revocations loaded", ["sessions": .int(count)])
            } catch is CancellationError {
                return
            } catch {
                noteTried()
                log.warning("revocations cannot be loaded yet", ["error": .error(error)])
                do { try await SystemClock().sleep(for: .seconds(1)) } catch { return }
            }
        }
    }

    private func add(_ sessions: [(id: ID<Session>, endedAt: Timestamp)]) {
        let horizon = Timestamp.now - memory
        state.withLock { state in
            for session in sessions { state.ended[session.id] = session.endedAt }
            state.addedSincePruning += sessions.count
            // Whose tokens have all expired need not be known any more.
            guard state.addedSincePruning > max(256, state.ended.count / 2) else { return }
            state.ended = state.ended.filter { $0.value > horizon }
            state.addedSincePruning = 0
        }
    }
}
