import Runtime
import Synchronization

/// What a server counts. Each loop counts for itself, so that two threads never write to one number.
public final class ServerMeters: Sendable {
    private let shards: [Shard]

    init(_ metrics: MetricsRegistry, server: String, shards count: Int) {
        let shards = (0..<count).map { _ in Shard() }
        self.shards = shards
        func computed(
            _ name: String, _ help: String, _ kind: MetricKind = .counter, labels: KeyValuePairs<String, String>,
            _ read: @escaping @Sendable (Shard) -> UInt64
        ) {
            metrics.computed(name, help, kind, labels: labels) {
                Double(shards.reduce(0) { $0 &+ read($1) })
            }
        }
        computed("http_server_connections", "Connections open.", .gauge, labels: ["server": server]) {
            $0.openedCount.value &- $0.closedCount.value
        }
        computed("http_server_connections_total", "Connections accepted.", labels: ["server": server]) {
            $0.openedCount.value
        }
        computed(
            "http_server_connections_refused_total", "Connections closed as they came, for there were too many.",
            labels: ["server": server]
        ) { $0.turnedAwayCount.value }
        computed("http_server_requests_total", "Requests taken.", labels: ["server": server]) {
            $0.requestCount.value
        }
        computed("http_server_requests_refused_total", "What was no proper request.", labels: ["server": server]) {
            $0.refusedCount.value
        }
        computed("http_server_received_bytes_total", "Bytes read.", labels: ["server": server]) {
            $0.receivedBytes.value
        }
        computed("http_server_sent_bytes_total", "Bytes written.", labels: ["server": server]) { $0.sentBytes.value }
        for (index, phase) in CutPhase.allCases.enumerated() where phase != .farewell {
            computed(
                "http_server_connections_cut_total", "Connections closed because their time was over.",
                labels: ["server": server, "phase": phase.rawValue]
            ) { $0.cutCounts[index].value }
        }
    }

    func shard(_ index: Int) -> Shard { shards[index] }

    /// The counters of one loop.
    final class Shard: Sendable {
        fileprivate let openedCount = OwnCounter()
        fileprivate let closedCount = OwnCounter()
        fileprivate let turnedAwayCount = OwnCounter()
        fileprivate let requestCount = OwnCounter()
        fileprivate let refusedCount = OwnCounter()
        fileprivate let receivedBytes = OwnCounter()
        fileprivate let sentBytes = OwnCounter()
        fileprivate let cutCounts = CutPhase.allCases.map { _ in OwnCounter() }

        func opened() { openedCount.add(1) }
        func closed() { closedCount.add(1) }
        func turnedAway() { turnedAwayCount.add(1) }
        func requested() { requestCount.add(1) }
        func received(_ bytes: Int) { receivedBytes.add(bytes) }
        func sent(_ bytes: Int) { sentBytes.add(bytes) }
        func refused(_ status: Int) { refusedCount.add(1) }
        func cut(_ phase: CutPhase) { cutCounts[phase.index].add(1) }
    }
}

extension CutPhase {
    fileprivate var index: Int { CutPhase.allCases.firstIndex(of: self) ?? 0 }
}

/// A number that one thread writes and any may read: adding needs no locked instruction.
private final class OwnCounter: Sendable {
    private let number = Atomic<UInt64>(0)

    var value: UInt64 { number.load(ordering: .relaxed) }

    func add(_ amount: Int) {
        number.store(number.load(ordering: .relaxed) &+ UInt64(amount), ordering: .relaxed)
    }
}
