import Glibc
import Postgres
import Queue
import QueueTesting
import Redis
import Runtime
import Synchronization

/// A real process of tests, which fails where it is told to. As a worker its handlers leave rows in PostgreSQL.
///
///     REDIS_URL, DATABASE_URL, QUEUE_PREFIX    where it works
///     ROLE                                     worker; scheduler, for what schedulers do for queues; writer
///     LEASE_MS, CONCURRENCY, LOOPS, PACE_MS    how a worker works
///     MORTAL_CRASHES                           crashes that make a job dead
///     ORDERS, FIRST, DIE_IN, VOLATILE          what a writer enqueues, and in which transaction it dies
///     SWITCHYARD_FAULT                         see `FaultInjector`
struct TestWorker {
    static func serve() {
        if let fault = variable("SWITCHYARD_FAULT") {
            guard FaultInjector.arm(fault) else { return say("no fault: \(fault)") }
        }
        let loops = LoopGroup(count: number("LOOPS", or: 1))
        let ended = Semaphore()
        loops.loops[0].spawn {
            do { try await TestWorker(on: loops).run() } catch { say("cannot serve: \(error)") }
            ended.signal()
        }
        ended.wait()
        _exit(0)
    }

    private let loops: LoopGroup
    private let log: Logger
    private let redis: RedisOptions
    private let database: Database
    private let client: QueueClient
    private let durable: DurableQueue

    private init(on loops: LoopGroup) throws {
        self.loops = loops
        let writer = LogWriter(process: "queue-test-worker", format: .text(coloured: false), descriptor: 2)
        log = Logger(level: .warning, sink: writer)
        redis = try RedisOptions(url: Self.variable("REDIS_URL") ?? "")
        var config = DatabaseConfig(url: Self.variable("DATABASE_URL") ?? "")
        config.poolSize = 4
        database = Database(config, loops: loops, threads: ThreadPool(name: "resolve", threads: 1))
        client = QueueClient(
            redis: RedisClient(redis, on: loops), loops: loops, prefix: Self.variable("QUEUE_PREFIX") ?? "sw:",
            payloads: PayloadStore(database: database))
        durable = DurableQueue(database: database, client: client, loops: loops, name: "test", logger: log)
    }

    private func run() async throws {
        let lifecycle = Lifecycle(gracePeriod: .seconds(20), log: log) { _exit($0.rawValue) }
        lifecycle.catchSignals()
        let durable = durable
        let jobs = Component("durable jobs", start: { durable.start() }, stop: { await durable.stop() })
        let announcement = Component("announcement") { Self.say("serving") }
        switch Self.variable("ROLE") {
        case "scheduler": _ = await lifecycle.run([jobs] + chores + [announcement])
        case "writer":
            durable.start()
            try await enqueue()
            await durable.stop()
        default: _ = await lifecycle.run([jobs, worker, announcement])
        }
        Self.say("stopped")
    }

    private var options: WorkerOptions {
        var options = WorkerOptions()
        options.lease = .milliseconds(Self.number("LEASE_MS", or: 1000))
        options.concurrency = Self.number("CONCURRENCY", or: 32)
        options.mortalCrashes = Self.number("MORTAL_CRASHES", or: options.mortalCrashes)
        return options
    }

    private var worker: Worker {
        let pace = Duration.milliseconds(Self.number("PACE_MS", or: 0))
        let handlers = Handlers([
            AnyHandler(EffectHandler<PlainEffect>(database: database, pace: pace)),
            AnyHandler(EffectHandler<OrderedEffect>(database: database, pace: pace)),
            AnyHandler(EffectHandler<KeyedEffect>(database: database, pace: pace)),
            AnyHandler(BareHandler(database: database)),
            AnyHandler(PoisonHandler(database: database)), AnyHandler(BlockingHandler()),
        ])
        return Worker(
            handlers: handlers, queue: client, durable: durable, redis: redis, loops: loops, options: options,
            logger: log, onOrder: { _ in _exit(3) })
    }

    private var chores: [any LifecycleComponent] {
        let queues = KnownQueues(effectQueues, durable: durable)
        return [
            Relay(durable, queues: effectQueues, loops: loops, logger: log),
            Archivist(
                durable, queues: effectQueues, loops: loops, mortalCrashes: options.mortalCrashes, logger: log),
            Promoter(queues, client: client, loops: loops, logger: log),
            Rescuer(queues, client: client, options: options, loops: loops, logger: log),
        ]
    }

    private func enqueue() async throws {
        if let count = Self.number("ORDERS") {
            try await TestWriter.placeOrders(
                count, from: Self.number("FIRST", or: 0), dyingIn: Self.number("DIE_IN"), on: durable)
        }
        if let count = Self.number("VOLATILE") {
            try await TestWriter.push(count, to: client) { Self.say("\($0)") }
        }
    }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static func number(_ name: String) -> Int? { variable(name).flatMap { Int($0) } }

    static func number(_ name: String, or fallback: Int) -> Int { number(name) ?? fallback }

    static func say(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
    }
}
