/// Names one suspension of a task on a loop; stale once the task goes on.
public struct ParkingID: Hashable, Sendable {
    fileprivate let number: UInt64
}

/// Something took longer than it may.
public struct TimeLimitExceeded: Error, Hashable, Sendable, CustomStringConvertible {
    public let limit: Duration

    public init(limit: Duration) { self.limit = limit }

    public var description: String { "took longer than \(limit)" }
}

/// The tasks that are suspended on a loop, by id, each resumed exactly once.
struct ParkedTasks {
    struct Task {
        let timer: TimerToken?
        let continuation: UnsafeContinuation<Void, any Error>
    }

    private var tasks: [ParkingID: Task] = [:]
    private var lastNumber: UInt64 = 0

    mutating func newID() -> ParkingID {
        lastNumber += 1
        return ParkingID(number: lastNumber)
    }

    mutating func add(_ id: ParkingID, _ timer: TimerToken?, _ continuation: UnsafeContinuation<Void, any Error>) {
        tasks[id] = Task(timer: timer, continuation: continuation)
    }

    mutating func take(_ id: ParkingID) -> Task? { tasks.removeValue(forKey: id) }
}
