import Glibc
import JSON
import Model
import Postgres
import Queue
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

/// Runs of yardctl against the stores of the test.
enum Yardctl {
    struct Result {
        let code: TestProcess.Exit
        let output: String
        let errors: String

        var json: JSONValue {
            get throws { try JSONCoder.decode(JSONValue.self, from: output) }
        }
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    @discardableResult
    static func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Result {
        try await run(arguments, environment: environment)
    }

    @discardableResult
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Result {
        let process = try start(arguments, environment: environment)
        let code = try await process.waitForExit()
        return Result(code: code, output: process.output, errors: process.errors)
    }

    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> TestProcess {
        let stores = try TestStores.current
        return try TestProcess(
            ours: "yardctl", arguments,
            environment: ["REDIS_PREFIX": stores.redisPrefix].merging(environment) { $1 })
    }
}

/// The queue of a test, in whose stores yardctl then looks.
final class Shed: Sendable {
    let loops = LoopGroup(count: 1)
    let options: RedisOptions
    let redis: RedisClient
    let queue: QueueClient
    let prefix: String

    init() throws {
        let stores = try TestStores.current
        options = try RedisOptions(url: stores.redisURL)
        redis = RedisClient(options, on: loops)
        prefix = stores.redisPrefix
        queue = QueueClient(redis: redis, loops: loops, prefix: prefix)
    }

    /// With all tables.
    static func migrated() async throws -> Shed {
        let shed = try Shed()
        try await Migrator(shed.database(), AllMigrations.sets).run()
        return shed
    }

    func database() throws -> Database {
        var config = DatabaseConfig(url: try TestStores.current.databaseURL)
        config.waitLimit = .seconds(60)
        return Database(config, loops: loops, threads: ThreadPool(name: "names", threads: 1))
    }

    func durable() throws -> DurableQueue {
        DurableQueue(database: try database(), client: queue, loops: loops, name: "test", logger: .silent)
    }

    func worker(
        onOrder: @escaping @Sendable (WorkerOrder) -> Void = { _ in },
        _ body: @escaping @Sendable (Chore, JobContext) async throws -> Void
    ) async throws -> Worker {
        var workerOptions = WorkerOptions()
        workerOptions.beat = .milliseconds(500)
        let worker = Worker(
            handlers: Handlers([AnyHandler(ChoreHandler(body: body))]), queue: queue, redis: options,
            loops: LoopGroup(count: 1), options: workerOptions, logger: .silent, onOrder: onOrder)
        try await worker.start()
        return worker
    }

    func keys(_ queue: QueueName = Chore.queue) -> QueueKeys { QueueKeys(prefix: prefix, queue: queue) }

    func balance() async throws -> Balance { try await Balance.read(keys(), from: redis) }

    /// Puts a job there that failed twice and waits for its next try.
    func addRetrying(_ number: Int) async throws -> JobID {
        var job = try queue.encoder.prepare(Chore(number: number))
        job.envelope.attempts = 2
        for attempt in 1...2 {
            job.envelope.options.add(
                JobFailure(at: .now, attempt: UInt8(attempt), type: "Broken", message: "no \(attempt)"))
        }
        job.runAt = .now + .hours(1)
        return try await queue.enqueue(job).id
    }

    /// Puts a job among the dead letters, as a worker does and the archivist stores it.
    func addDead(_ count: Int, error: String = "no route to 10.0.0.1") async throws {
        let keys = keys()
        for number in 0..<count {
            var job = try queue.encoder.prepare(Chore(number: number))
            job.envelope.attempts = 3
            job.envelope.options.add(JobFailure(at: .now, attempt: 3, type: "Broken", message: error))
            try await redis.call("RPUSH", keys.dead, job.envelope.encoded)
        }
        let archivist = Archivist(try durable(), queues: [Chore.queue], loops: loops, logger: .silent)
        while try await archivist.archive(Chore.queue) > 0 {}
    }
}

struct Chore: Job, Codable {
    static let kind = "test.chore"
    static let queue = QueueName("chores")
    let number: Int
}

struct ChoreHandler: JobHandler {
    let body: @Sendable (Chore, JobContext) async throws -> Void
    func handle(_ job: Chore, _ context: JobContext) async throws { try await body(job, context) }
}

/// What was done, in order.
final class Record: Sendable {
    private let state = Mutex<[Int]>([])
    var numbers: [Int] { state.withLock { $0 } }
    func add(_ number: Int) { state.withLock { $0.append(number) } }
}
