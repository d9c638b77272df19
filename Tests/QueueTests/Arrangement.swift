import JSON
import Queue
import Redis
import Runtime
import Synchronization
import TestSupport

/// A queue of the test's own on a loop of its own, with what is needed to run workers on it.
final class Yard: Sendable {
    let loops: LoopGroup
    let options: RedisOptions
    let redis: RedisClient
    let queue: QueueClient
    let logger =
        Environment["QUEUE_TEST_LOG"] == nil
        ? Logger.silent
        : Logger(level: .info, sink: LogWriter(process: "test", format: .text(coloured: false), descriptor: 2))

    init(
        url: String? = nil, prefix: String? = nil, encoder: JobEncoder = JobEncoder(),
        loops: LoopGroup = LoopGroup(count: 1), payloads: PayloadStore? = nil
    ) throws {
        self.loops = loops
        let stores = try TestStores.current
        var options = try RedisOptions(url: url ?? stores.redisURL)
        // A machine that is busy with others is no fault.
        options.callLimit = .seconds(30)
        options.connectLimit = .seconds(30)
        self.options = options
        redis = RedisClient(options, on: loops)
        queue = QueueClient(
            redis: redis, loops: loops, prefix: prefix ?? stores.redisPrefix, encoder: encoder, payloads: payloads)
    }

    func worker(
        _ handlers: [AnyHandler], _ adjust: (inout WorkerOptions) -> Void = { _ in },
        onOrder: @escaping @Sendable (WorkerOrder) -> Void = { _ in }
    ) async throws -> Worker {
        let worker = worker(handlers, metrics: MetricsRegistry(), adjust, onOrder: onOrder)
        try await worker.start()
        return worker
    }

    /// One that has not started.
    func worker(
        _ handlers: [AnyHandler], metrics: MetricsRegistry, _ adjust: (inout WorkerOptions) -> Void = { _ in },
        onOrder: @escaping @Sendable (WorkerOrder) -> Void = { _ in }
    ) -> Worker {
        var workerOptions = WorkerOptions()
        adjust(&workerOptions)
        return Worker(
            handlers: Handlers(handlers), queue: queue, redis: options, loops: LoopGroup(count: 1),
            options: workerOptions, metrics: metrics, logger: logger, onOrder: onOrder)
    }

    func balance(_ queue: QueueName) async throws -> Balance {
        try await Balance.read(QueueKeys(prefix: self.queue.prefix, queue: queue), from: redis)
    }
}

extension Balance {
    /// What came in is somewhere, and nothing had to be written off for that: a job that is there twice would be taken
    /// for a foreign one after a minute.
    var isRight: Bool { difference == 0 && foreign == 0 && lost == 0 }
}

/// What handlers have done, in order.
final class Record: Sendable {
    private let state = Mutex<[Int]>([])
    var numbers: [Int] { state.withLock { $0 } }
    var count: Int { state.withLock { $0.count } }
    func add(_ number: Int) { state.withLock { $0.append(number) } }
}

struct Plain: Job, Codable {
    static let kind = "test.plain"
    static let queue = QueueName("plain")
    static let retry = RetryPolicy.exponential(attempts: 3, base: .milliseconds(5), cap: .milliseconds(20))
    let number: Int
}

struct Keyed: Job, Codable {
    static let kind = "test.keyed"
    static let queue = QueueName("keyed", .keyed)
    let number: Int
}

struct Ordered: Job, Codable {
    static let kind = "test.ordered"
    static let queue = QueueName("ordered", .ordered)
    static let retry = RetryPolicy.exponential(attempts: 3, base: .milliseconds(5), cap: .milliseconds(20))
    let number: Int
}

/// Runs a closure for each job.
struct Does<Payload: Job>: JobHandler {
    let body: @Sendable (Payload, JobContext) async throws -> Void

    init(_ payload: Payload.Type, _ body: @escaping @Sendable (Payload, JobContext) async throws -> Void) {
        self.body = body
    }

    func handle(_ job: Payload, _ context: JobContext) async throws { try await body(job, context) }
}

func does<J: Job>(
    _ job: J.Type, _ body: @escaping @Sendable (J, JobContext) async throws -> Void
) -> AnyHandler {
    AnyHandler(Does(job, body))
}
