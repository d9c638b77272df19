import Runtime
import Synchronization

/// Whether something that did not answer is worth asking again: for a second nobody asks it, then one does.
final class Breaker: Sendable {
    private static let rest = Duration.seconds(1)

    private struct State {
        var isBroken = false
        var nextTry = MonotonicTime(nanoseconds: 0)
    }

    private let state = Mutex(State())

    /// True for all while it answers; else for one a second, who finds out for the others.
    func mayAsk(at now: MonotonicTime = .now) -> Bool {
        state.withLock { state in
            guard state.isBroken else { return true }
            guard now >= state.nextTry else { return false }
            state.nextTry = now + Self.rest
            return true
        }
    }

    func answered() { state.withLock { $0.isBroken = false } }

    func failed(at now: MonotonicTime = .now) {
        state.withLock { state in
            state.isBroken = true
            state.nextTry = now + Self.rest
        }
    }
}
