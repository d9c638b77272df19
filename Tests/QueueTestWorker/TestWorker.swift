import Glibc
import Postgres
import Queue
import QueueTesting
import Redis
import Runtime
import Synchronization

/// A real worker process of tests: its handlers leave rows in PostgreSQL, and it fails where it is told to.
///
///     REDIS_URL, DATABASE_URL, QUEUE_PREFIX    where it works
///     LEASE_MS, CONCURRENCY, LOOPS, PACE_MS    how
///     SWITCHYARD_FAULT                         see `FaultInjector`
enum TestWorker {
    static func serve() {
        if let fault = variable("SWITCHYARD_FAULT") {
            guard let injector = FaultInjector(fault) else { return }
            injector.arm()
        }
        let loops = LoopGroup(count: number("LOOPS", or: 1))
        let ended = Semaphore()
        loops.loops[0].spawn {
            do { try await run(on: loops) } catch { say("cannot serve: \(error)") }
            ended.signal()
        }
        ended.wait()
        _exit(0)
    }

    private static func run(on loops: LoopGroup) async throws {
        let writer = LogWriter(process: "queue-test-worker", format: .text(coloured: false), descriptor: 2)
        let log = Logger(level: .warning, sink: writer)
        let redis = try RedisOptions(url: variable("REDIS_URL") ?? "")
        var config = DatabaseConfig(url: variable("DATABASE_URL") ?? "")
        config.poolSize = 4
        let database = Database(config, loops: loops, threads: ThreadPool(name: "resolve", threads: 1))
        let client = QueueClient(
            redis: RedisClient(redis, on: loops), loops: loops, prefix: variable("QUEUE_PREFIX") ?? "sw:")
        let durable = DurableQueue(database: database, client: client, loops: loops, name: "test", logger: log)
        var options = WorkerOptions()
        options.lease = .milliseconds(number("LEASE_MS", or: 1000))
        options.concurrency = number("CONCURRENCY", or: 32)
        let lifecycle = Lifecycle(gracePeriod: .seconds(20), log: log) { _exit($0.rawValue) }
        lifecycle.catchSignals()
        let pace = Duration.milliseconds(number("PACE_MS", or: 0))
        let worker = Worker(
            handlers: handlers(database, pace), queue: client, durable: durable, redis: redis, loops: loops,
            options: options, logger: log, onOrder: { _ in _exit(3) })
        _ = await lifecycle.run([worker, Component("announcement") { say("serving") }])
        say("stopped")
    }

    private static func handlers(_ database: Database, _ pace: Duration) -> Handlers {
        Handlers([
            AnyHandler(EffectHandler<PlainEffect>(database: database, pace: pace)),
            AnyHandler(EffectHandler<OrderedEffect>(database: database, pace: pace)),
            AnyHandler(EffectHandler<KeyedEffect>(database: database, pace: pace)),
            AnyHandler(BareHandler(database: database)),
            AnyHandler(PoisonHandler()), AnyHandler(BlockingHandler()),
        ])
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func number(_ name: String, or fallback: Int) -> Int {
        variable(name).flatMap { Int($0) } ?? fallback
    }

    private static func say(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
    }
}
