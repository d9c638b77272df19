import Queue
import Runtime
import Synchronization

/// Whether a provider is worth asking. After a few failures in a row nobody asks for a while; then one does, who finds out for
/// the others; while it goes on, the whiles grow longer.
package final class ProviderBreaker: Sendable {
    package struct Patience: Sendable {
        /// So many failures in a row open it.
        package var failures = 5
        package var first = Duration.seconds(5)
        package var longest = Duration.minutes(5)

        package init() {}
    }

    package enum Leave: Sendable, Equatable {
        case all
        /// One may, to find out.
        case one
        case none
    }

    private struct State {
        var failures = 0
        /// Nil while it answers.
        var rest: Duration?
        var nextTry = MonotonicTime(nanoseconds: 0)
        var isProbing = false
    }

    private let patience: Patience
    private let state = Mutex(State())

    package init(_ patience: Patience = Patience()) { self.patience = patience }

    package var isOpen: Bool { state.withLock { $0.rest != nil } }

    /// How long nobody asks.
    package func restLeft(at now: MonotonicTime = .now) -> Duration {
        state.withLock { $0.rest == nil || $0.nextTry <= now ? .zero : $0.nextTry - now }
    }

    package func ask(at now: MonotonicTime = .now) -> Leave {
        state.withLock { state in
            guard let rest = state.rest else { return .all }
            guard now >= state.nextTry else { return .none }
            // If nobody hears of the one, the next one is let through after as long again.
            state.nextTry = now + rest
            state.isProbing = true
            return .one
        }
    }

    /// It answers, whatever it says of a device.
    package func answered() { state.withLock { $0 = State() } }

    /// So many in a row. Where it says how long to wait, it is taken at its word.
    package func failed(_ count: Int = 1, after wait: Duration? = nil, at now: MonotonicTime = .now) {
        state.withLock { state in
            state.failures = state.failures.addingReportingOverflow(count).overflow ? .max : state.failures + count
            guard let rest = state.rest else {
                guard wait != nil || state.failures >= patience.failures else { return }
                state.rest = patience.first
                state.nextTry = now + (wait ?? patience.first)
                return
            }
            // Those that were on their way when it opened say nothing new.
            let longer = state.isProbing ? min(rest * 2, patience.longest) : rest
            if state.isProbing {
                state.nextTry = now + (wait ?? longer)
            } else if let wait {
                state.nextTry = max(state.nextTry, now + wait)
            }
            state.rest = longer
            state.isProbing = false
        }
    }
}

extension ProviderBreaker {
    /// Until it is worth asking again; not all in the same moment.
    package var snooze: JobOutcome {
        let wait = max(restLeft(), .seconds(1))
        return .snooze(wait + .milliseconds(Int64(Entropy.bits() % UInt64(wait.milliseconds / 4 + 1))))
    }
}
