import Postgres
import Redis
import Runtime

/// PostgreSQL and Redis as one process uses them. Starting it checks that both are there and fit for the work.
package final class Stores: LifecycleComponent {
    package let name = "stores"
    package let database: Database
    package let redis: RedisClient
    package let redisOptions: RedisOptions
    package let redisPrefix: String
    /// For those who enqueue.
    package let memory: QueueMemory
    private let threads: ThreadPool
    private let watch: StoreWatch
    private let log: Logger

    package init(_ config: StoresConfig, _ launch: Launch) {
        threads = ThreadPool(name: "stores", threads: 1, metrics: launch.metrics)
        var databaseConfig = config.database
        databaseConfig.applicationName = "switchyard \(launch.process)"
        database = Database(
            databaseConfig, loops: launch.loops, threads: threads, metrics: launch.metrics,
            log: launch.log.part("postgres"))
        var redisOptions = config.redis.options
        redisOptions.meters = RedisMeters(launch.metrics)
        redisOptions.clientName = "switchyard \(launch.process)".replacing(" ", with: "-")
        self.redisOptions = redisOptions
        redisPrefix = config.redis.prefix
        redis = RedisClient(redisOptions, on: launch.loops)
        log = launch.log.part("stores")
        memory = QueueMemory(bound: config.queueMaxBytes, logger: log)
        let (database, redis, memory) = (database, redis, memory)
        watch = StoreWatch(
            [
                "postgresql": { try await database.check(within: .seconds(2)) },
                "redis": { try await memory.look(at: redis, within: .seconds(2)) },
            ], launch)
        addChecks(to: launch.readiness)
    }

    private func addChecks(to readiness: ReadinessChecks) {
        let (database, redis) = (database, redis)
        readiness.add("postgresql") { try await database.check(within: .seconds(2)) }
        readiness.add("redis") { _ = try await RedisServerFacts.ask(redis, within: .seconds(2)) }
    }

    package func start() async throws {
        try await untilReached("postgresql") { try await self.database.check(within: .seconds(2)) }
        let facts = try await untilReached("redis") { try await RedisServerFacts.ask(self.redis, within: .seconds(2)) }
        try check(facts)
        log.info("stores reached", ["redis.version": .string("\(facts.version)")])
        watch.start()
    }

    package func stop() async {
        await watch.stop()
        redis.close()
        await database.close()
        threads.stop()
    }

    /// Stores often come up together with us: tries for half a minute before it gives up.
    @discardableResult
    private func untilReached<Value>(
        _ store: String, _ ask: () async throws -> Value
    ) async throws -> Value {
        let end = MonotonicTime.now + .seconds(30)
        while true {
            do { return try await ask() } catch is CancellationError {
                throw CancellationError()
            } catch {
                guard MonotonicTime.now < end else { throw StoreUnfit("\(store) cannot be reached: \(error)") }
                log.warning("store not reached yet", ["store": .string(store), "error": .error(error)])
            }
            try await SystemClock().sleep(for: .milliseconds(500))
        }
    }

    /// Refuses a Redis that would lose jobs by design, and says what is merely unwise.
    private func check(_ facts: RedisServerFacts) throws {
        guard facts.version >= RedisServerFacts.Version(major: 7, minor: 0) else {
            throw StoreUnfit("redis is version \(facts.version); scripts need 7.0 or newer")
        }
        guard facts.evictionPolicy == "noeviction" else {
            throw StoreUnfit(
                "redis evicts keys when memory is full (maxmemory-policy \(facts.evictionPolicy)), which loses jobs; "
                    + "set maxmemory-policy noeviction")
        }
        if !facts.hasAppendOnlyFile {
            log.warning("redis keeps no append-only file: volatile jobs are lost with it; set appendonly yes")
        }
        if facts.roundTrip > .milliseconds(5) {
            log.warning("redis is far away", ["round.trip": .duration(facts.roundTrip)])
        }
        if facts.clockOffset > .seconds(1) || facts.clockOffset < .seconds(-1) {
            log.warning("the clocks of redis and this machine differ", ["offset": .duration(facts.clockOffset)])
        }
    }
}

/// A store that this process must not or cannot work with.
package struct StoreUnfit: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
