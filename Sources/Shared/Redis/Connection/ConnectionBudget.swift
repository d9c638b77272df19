import Synchronization

/// How many connections a process may have to Redis, those of subscriptions and blocking commands included.
public final class ConnectionBudget: Sendable {
    public let limit: Int
    private let used = Atomic<Int>(0)

    public init(limit: Int) { self.limit = limit }

    public var open: Int { used.load(ordering: .relaxed) }

    func take() throws(RedisError) {
        guard used.wrappingAdd(1, ordering: .relaxed).newValue > limit else { return }
        giveBack()
        throw .unreachable(reason: "this process has \(limit) connections already, as REDIS_MAX_CONNECTIONS says")
    }

    func giveBack() { used.wrappingSubtract(1, ordering: .relaxed) }
}
