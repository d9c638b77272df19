import Glibc
import JSON
import Runtime
import Synchronization

/// What a worker process shows of itself in Redis, and the orders that operators leave for it there.
final class WorkerProfile: Sendable {
    let name: String
    let key: String
    let orderKey: String
    let registryKey: String
    let queues: [QueueName]
    private let concurrency: Int
    /// How long it is shown after its last heartbeat.
    let shownFor: Duration
    private let beat: Duration
    private let started = Timestamp.now
    private let stopped = Atomic<Bool>(false)
    private let quiet = Atomic<Bool>(false)
    private let onOrder: @Sendable (WorkerOrder) -> Void

    init(
        name: String, prefix: String, queues: [QueueName], options: WorkerOptions,
        onOrder: @escaping @Sendable (WorkerOrder) -> Void
    ) {
        self.name = name
        key = "\(prefix)worker:\(name)"
        orderKey = "\(prefix)order:\(name)"
        registryKey = KnownQueues.registryKey(prefix)
        self.queues = queues
        concurrency = options.concurrency
        shownFor = options.lease * 2
        beat = options.beat
        self.onOrder = onOrder
    }

    var isStopped: Bool { stopped.load(ordering: .relaxed) }
    func stop() { stopped.store(true, ordering: .relaxed) }

    func setQuiet() { quiet.store(true, ordering: .relaxed) }

    /// Giving up is not for others to order.
    func obey(_ order: String) {
        guard let order = WorkerOrder(rawValue: order), order != .giveUp else { return }
        if order == .quiet { setQuiet() }
        onOrder(order)
    }

    func giveUp(_ reason: String) { onOrder(.giveUp) }

    func text(running: Int) -> String {
        let value: JSONValue = [
            "name": .string(name), "host": .string(Self.host), "pid": .number(Int(getpid())),
            "started": .string(started.rfc3339), "queues": .array(queues.map { .string($0.name) }),
            "concurrency": .number(concurrency), "running": .number(running),
            "shownForMs": .number(Int(shownFor.milliseconds)), "beatMs": .number(Int(beat.milliseconds)),
            "state": .string(quiet.load(ordering: .relaxed) ? "quiet" : "running"),
        ]
        return (try? JSONCoder.text(value)) ?? "{}"
    }

    static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}

/// What an operator, or the watch over the loops, tells a worker process.
package enum WorkerOrder: String, Sendable {
    case quiet
    case stop
    /// Not from operators: the process cannot go on.
    case giveUp = "give-up"
}
