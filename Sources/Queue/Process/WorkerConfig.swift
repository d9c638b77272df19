import Runtime

/// What every worker process reads.
package struct WorkerConfig: ConfigGroup {
    package let stores: StoresConfig
    package let payloadKeys: PayloadKeys
    /// Nil: what suits the work of the executable.
    package let concurrency: Int?
    /// The queues to serve, of those that there are handlers for; nil: all of them.
    package let queues: [QueueShare]?
    package let lease: Duration

    package init(from reader: inout ConfigReader) {
        stores = StoresConfig(from: &reader)
        payloadKeys = PayloadKeys(from: &reader)
        concurrency = reader.readIfSet("WORKER_CONCURRENCY", .int(in: 1...100_000))
        queues = reader.readIfSet("WORKER_QUEUES", .list(of: .queueShare))
        lease = reader.read("LEASE_SECONDS", .lease, default: .seconds(12))
    }
}

/// A queue, and how many of a worker's free places it gets in proportion to others: `push` or `push:3`.
package struct QueueShare: Sendable, Hashable {
    package let queue: QueueName
    package let weight: Int
}

extension Setting where Value == QueueShare {
    fileprivate static let queueShare = Setting(
        example: "push:3,email", placeholder: QueueShare(queue: .maintenance, weight: 1),
        show: { $0.weight == 1 ? $0.queue.name : "\($0.queue):\($0.weight)" }
    ) { text throws(ConfigMistake) in
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let queue = QueueName(checking: parts[0]) else { throw ConfigMistake("is not the name of a queue") }
        guard let weight = parts.count == 1 ? 1 : Int(parts[1]), (1...1000).contains(weight) else {
            throw ConfigMistake("has a weight that is not from 1 to 1000")
        }
        return QueueShare(queue: queue, weight: weight)
    }
}

extension Setting where Value == Duration {
    /// How long a silent worker keeps its jobs: workers and schedulers have to agree on it.
    static let lease = duration(unit: .seconds, in: .seconds(1) ... .minutes(10))
}
