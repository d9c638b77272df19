import Runtime
import Synchronization

/// What a database's pools are doing, all loops together.
public final class PoolMeters: Sendable {
    private let leasedNow = Atomic<Int>(0)
    private let openNow = Atomic<Int>(0)
    private let opened = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let sharing = Atomic<Int>(0)
    private let waitingPerLoop: Mutex<[Int]>
    private let durations: Histogram?

    init(loops: Int, _ metrics: MetricsRegistry?) {
        waitingPerLoop = Mutex(Array(repeating: 0, count: loops))
        durations = metrics?.histogram(
            "database_query_duration_seconds", "From asking to the answer, waiting for a connection included.")
        if let metrics { register(in: metrics) }
    }

    private func register(in metrics: MetricsRegistry) {
        func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable (PoolMeters) -> Int) {
            metrics.computed(name, help) { [weak self] in self.map { Double(value($0)) } ?? 0 }
        }
        func counter(_ name: String, _ help: String, _ value: @escaping @Sendable (PoolMeters) -> Int) {
            metrics.computed(name, help, .counter) { [weak self] in self.map { Double(value($0)) } ?? 0 }
        }
        gauge("database_connections_open", "Connections to the database.", \.open)
        gauge("database_connections_leased", "Connections that a transaction has for itself.", \.leased)
        gauge("database_callers_waiting", "Callers that wait for a connection.", \.waiting)
        counter("database_connects_total", "Connections made, the first ones included.", \.connects)
        counter("database_connect_failures_total", "Attempts to connect that failed.", \.failedConnects)
    }

    /// Connections that a transaction has for itself.
    public var leased: Int { leasedNow.load(ordering: .relaxed) }
    public var open: Int { openNow.load(ordering: .relaxed) }
    /// Connections made since the start.
    public var connects: Int { opened.load(ordering: .relaxed) }
    public var failedConnects: Int { failed.load(ordering: .relaxed) }
    /// Callers without a connection.
    public var waiting: Int { waitingPerLoop.withLock { $0.reduce(0, +) } }

    /// Reads that went out together with others.
    public var sharedReads: Int { sharing.load(ordering: .relaxed) }

    func shared(_ count: Int) { sharing.add(count, ordering: .relaxed) }

    func leased(_ change: Int) { leasedNow.add(change, ordering: .relaxed) }

    func connected() {
        opened.add(1, ordering: .relaxed)
        openNow.add(1, ordering: .relaxed)
    }

    func disconnected() { openNow.subtract(1, ordering: .relaxed) }

    func failedToConnect() { failed.add(1, ordering: .relaxed) }

    func waiting(_ count: Int, onLoop index: Int) { waitingPerLoop.withLock { $0[index] = count } }

    func answered(after duration: Duration) { durations?.observe(duration) }
}
