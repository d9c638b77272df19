import Glibc
import Queue
import Runtime
import Synchronization

/// Lets something happen when a process reaches a step for the nth time. A test executable reads it from
/// `SWITCHYARD_FAULT=point:action:nth`, as in `fetchAnswered:kill:2`; product processes never do.
package final class FaultInjector: Sendable {
    package enum Action: String, Sendable {
        /// SIGKILL to itself.
        case kill
        /// Holds the thread, and with it the loop, for good.
        case stall
        /// Cuts the connection that is in use.
        case cut
    }

    package let point: FaultPoint
    package let action: Action
    package let nth: Int
    private let reached = Atomic<Int>(0)

    package init(_ point: FaultPoint, _ action: Action, nth: Int = 1) {
        self.point = point
        self.action = action
        self.nth = nth
    }

    /// Nil when the text is none of the form above.
    package convenience init?(_ text: String) {
        let words = text.split(separator: ":").map(String.init)
        guard words.count == 3, let point = FaultPoint(rawValue: words[0]), let action = Action(rawValue: words[1]),
            let nth = Int(words[2])
        else { return nil }
        self.init(point, action, nth: nth)
    }

    /// How often the step was reached so far.
    package var count: Int { reached.load(ordering: .relaxed) }

    package func arm() {
        FaultPoint.arm { [self] passed in
            guard passed == point, reached.wrappingAdd(1, ordering: .relaxed).newValue == nth else { return .none }
            return act()
        }
    }

    private func act() -> FaultPoint.Effect {
        switch action {
        case .kill:
            kill(getpid(), SIGKILL)
            return .none
        case .stall:
            while true { sleep(3600) }
        case .cut: return .cutConnection
        }
    }
}
