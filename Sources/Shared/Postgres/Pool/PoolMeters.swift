import Synchronization

/// What a database's pools are doing, all loops together.
package final class PoolMeters: Sendable {
    private let leasedNow = Atomic<Int>(0)
    private let openNow = Atomic<Int>(0)
    private let opened = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let waitingPerLoop: Mutex<[Int]>

    init(loops: Int) { waitingPerLoop = Mutex(Array(repeating: 0, count: loops)) }

    /// Connections that a transaction has for itself.
    package var leased: Int { leasedNow.load(ordering: .relaxed) }
    package var open: Int { openNow.load(ordering: .relaxed) }
    /// Connections made since the start.
    package var connects: Int { opened.load(ordering: .relaxed) }
    package var failedConnects: Int { failed.load(ordering: .relaxed) }
    /// Callers without a connection.
    package var waiting: Int { waitingPerLoop.withLock { $0.reduce(0, +) } }

    func leased(_ change: Int) { leasedNow.add(change, ordering: .relaxed) }

    func connected() {
        opened.add(1, ordering: .relaxed)
        openNow.add(1, ordering: .relaxed)
    }

    func disconnected() { openNow.subtract(1, ordering: .relaxed) }

    func failedToConnect() { failed.add(1, ordering: .relaxed) }

    func waiting(_ count: Int, onLoop index: Int) { waitingPerLoop.withLock { $0[index] = count } }
}
