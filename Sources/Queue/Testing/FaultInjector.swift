import Glibc
import Queue
import Runtime
import Synchronization

/// Lets something happen when a process reaches a step for the nth time. A test executable reads it from
/// `SWITCHYARD_FAULT=point:action:nth`, as in `fetchAnswered:kill:2`, several with commas between; product processes
/// never do.
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

    package func arm() { Self.arm([self]) }

    /// False, and nothing is armed, when the text is no list of faults.
    package static func arm(_ text: String) -> Bool {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let faults = words.compactMap { FaultInjector(String($0)) }
        guard faults.count == words.count else { return false }
        arm(faults)
        return true
    }

    private static func arm(_ faults: [FaultInjector]) {
        FaultPoint.arm { passed in
            for fault in faults where fault.isReached(by: passed) {
                if case .cutConnection = fault.act() { return .cutConnection }
            }
            return .none
        }
    }

    private func isReached(by passed: FaultPoint) -> Bool {
        passed == point && reached.wrappingAdd(1, ordering: .relaxed).newValue == nth
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
