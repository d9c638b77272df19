import Synchronization

/// Lets a few in at a time: all tests start at once, and a hundred new databases would starve those with a deadline.
final class Turnstile: Sendable {
    private struct State {
        var places: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(places: Int) {
        state = Mutex(State(places: places))
    }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.places -= 1
                if state.places < 0 { state.waiting.append(continuation) }
                return state.places >= 0
            }
            if isOpen { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state in
            state.places += 1
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }
}
