import JSON
import Postgres
import Redis
import Runtime
import TestSupport

@testable import Queue

/// What the tests of durable jobs share.
enum Durables {
    static let loops = LoopGroup(count: 2)
    static let threads = ThreadPool(name: "resolve", threads: 2)
}

/// A job whose payload says which one it is.
struct Numbered: Job, Codable {
    static let kind = "test.numbered"
    static let queue = QueueName("numbers")
    var number: Int
    var filler = ""
}

/// One test's database, Redis prefix, and what works on them.
struct Bench: Sendable {
    let database: Database
    let redis: RedisClient
    let client: QueueClient
    let durable: DurableQueue

    /// Another process on the same stores.
    func neighbour(_ name: String = "neighbour") -> DurableQueue {
        DurableQueue(database: database, client: client, loops: Durables.loops, name: name, logger: .silent)
    }

    func relay(_ adjust: (inout RelayLimits) -> Void = { _ in }) -> Relay {
        var limits = RelayLimits()
        limits.auditSecondLook = .milliseconds(1)
        limits.pauseOfRefusal = .milliseconds(50)
        adjust(&limits)
        return Relay(durable, queues: [Numbered.queue], loops: Durables.loops, limits: limits, logger: .silent)
    }

    func archivist() -> Archivist {
        Archivist(durable, queues: [Numbered.queue], loops: Durables.loops, logger: .silent)
    }

    var letters: DeadLetters { DeadLetters(durable) }

    var keys: QueueKeys { client.keys(of: Numbered.queue) }

    /// The ids in the ready list, the oldest first.
    func readyIDs() async throws -> [JobID] {
        let found = try await redis.call("LRANGE", keys.ready(.normal), 0, -1).expectArray()
        return found.reversed().compactMap { $0.bytes.flatMap { EnvelopeView($0) }?.id }
    }

    func readyEnvelopes() async throws -> [Envelope] {
        let found = try await redis.call("LRANGE", keys.ready(.normal), 0, -1).expectArray()
        return found.reversed().compactMap { $0.bytes.flatMap { EnvelopeView($0) }.map { Envelope($0) } }
    }

    /// Takes all ready jobs out of Redis, as workers would.
    func takeReady() async throws -> [JobID] {
        let ids = try await readyIDs()
        try await redis.call("DEL", keys.ready(.normal))
        return ids
    }

    func outboxCount(_ condition: SQL = "true") async throws -> Int {
        try await database.one("select count(*) from outbox where \(condition)")
    }

    /// What a flush does to this test's part of Redis.
    func flush() async throws { try await redis.forgetAll(under: client.prefix) }

    /// Ends jobs as one would that is no worker.
    func finish(_ ids: [JobID], as ending: Ending = .done) async throws { try await durable.finish(ids, as: ending) }

    func prepared(_ number: Int, _ options: JobOptions = JobOptions()) throws -> PreparedJob {
        try client.encoder.prepare(Numbered(number: number), options)
    }
}

extension RedisClient {
    /// At one moment, as a flush does it: what comes in between would be half gone.
    func forgetAll(under prefix: String) async throws {
        let script = "for _,k in ipairs(redis.call('KEYS',ARGV[1])) do redis.call('DEL',k) end"
        try await call("EVAL", script, 0, prefix + "*")
    }
}

/// Lends a bench whose database has the queue's tables.
func withBench(redis url: String? = nil, _ body: (Bench) async throws -> Void) async throws {
    let stores = try TestStores.current
    var config = DatabaseConfig(url: stores.databaseURL)
    config.poolSize = 6
    // Stores that are there answer, however busy the machine is with other tests.
    config.waitLimit = .seconds(60)
    config.statementLimit = .seconds(60)
    let database = Database(config, loops: Durables.loops, threads: Durables.threads)
    var options = try RedisOptions(url: url ?? stores.redisURL)
    options.callLimit = url == nil ? .seconds(60) : .seconds(2)
    let redis = RedisClient(options, on: Durables.loops)
    let client = QueueClient(redis: redis, loops: Durables.loops, prefix: stores.redisPrefix)
    let durable = DurableQueue(
        database: database, client: client, loops: Durables.loops, name: "test", logger: .silent)
    let outcome: Result<Void, any Error>
    do {
        try await Migrator(database, [QueueMigrations.all]).run()
        outcome = .success(
            try await body(Bench(database: database, redis: redis, client: client, durable: durable)))
    } catch {
        outcome = .failure(error)
    }
    await durable.stop()
    await database.close(grace: .milliseconds(200))
    redis.close()
    try outcome.get()
}
