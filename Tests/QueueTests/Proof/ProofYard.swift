import Foundation
import Postgres
import Queue
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import queue_test_worker

/// Stores of a proof's own, the processes that it starts on them, and what these have left behind.
final class ProofYard: Sendable {
    let yard: Yard
    let durable: DurableQueue
    let database: Database
    let databaseURL: String
    private let redisURL: String
    private let started = Mutex<[TestProcess]>([])
    static let queues = effectQueues

    /// With a Redis URL: another Redis than that of the run, or a way to it; the same for PostgreSQL.
    init(redis url: String? = nil, database otherDatabase: String? = nil) async throws {
        let stores = try TestStores.current
        databaseURL = otherDatabase ?? stores.databaseURL
        redisURL = url ?? stores.redisURL
        try await Psql.run(try Self.tables(), on: databaseURL)
        let loops = LoopGroup(count: 1)
        var config = DatabaseConfig(url: databaseURL)
        config.poolSize = 4
        config.waitLimit = .seconds(60)
        database = Database(config, loops: loops, threads: ThreadPool(name: "resolve", threads: 1))
        yard = try Yard(url: redisURL, loops: loops, payloads: PayloadStore(database: database))
        durable = DurableQueue(
            database: database, client: yard.queue, loops: yard.loops, name: "proof", logger: .silent)
        // Or relays would take it for dead after a while, and push again what it has pushed.
        durable.start()
    }

    private static func tables() throws -> String {
        let folder = Repository.root + "/Sources/Queue/Migrations"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { $0.hasSuffix(".sql") }
        return try files.reduce(
            """
            create table orders (number int primary key);
            create table effects (
                number int, job text, process int, key text, attempt int, started timestamptz, ended timestamptz
            );

            """
        ) { try $0 + String(contentsOfFile: "\(folder)/\($1)", encoding: .utf8) }
    }

    func close() async {
        await durable.stop()
        await database.close(grace: .milliseconds(200))
    }

    /// Brings into Redis what is left to relays, without waiting for the leases of dead writers.
    func relay() -> Relay {
        Relay(durable, queues: Self.queues, loops: yard.loops, logger: .silent)
    }

    /// What time does to the rows of processes that died: nobody waits for it here.
    func ageWriters() async throws {
        try await database.run(
            "update outbox_writers set alive_until = now() - interval '1 second' where name = 'test'")
    }

    // MARK: Processes

    /// Starts a worker process and waits until it serves; a doomed one may die before that.
    func worker(
        fault: String? = nil, redis url: String? = nil, lease: Int = 1000, loops: Int = 1, pace: Int = 0,
        concurrency: Int = 32, mortal: Int = 5, isDoomed: Bool = false
    ) async throws -> TestProcess {
        try await process(
            [
                "LEASE_MS": "\(lease)", "LOOPS": "\(loops)", "PACE_MS": "\(pace)", "CONCURRENCY": "\(concurrency)",
                "MORTAL_CRASHES": "\(mortal)",
            ], fault: fault, redis: url, isDoomed: isDoomed)
    }

    /// It takes back jobs as workers do, so it has to know as they do how many deaths are too many.
    func scheduler(
        fault: String? = nil, lease: Int = 1000, mortal: Int = 5, isDoomed: Bool = false
    ) async throws -> TestProcess {
        try await process(
            ["ROLE": "scheduler", "LEASE_MS": "\(lease)", "MORTAL_CRASHES": "\(mortal)"], fault: fault,
            isDoomed: isDoomed)
    }

    /// Starts a process that enqueues; see `TestWriter`.
    func writer(_ work: [String: String], fault: String? = nil) async throws -> TestProcess {
        let role = ["ROLE": "writer", "FIRST": "\(Sort.durable.number(0))"]
        return try await process(work.merging(role) { $1 }, fault: fault, isDoomed: true)
    }

    private func process(
        _ settings: [String: String], fault: String?, redis url: String? = nil, isDoomed: Bool
    ) async throws -> TestProcess {
        var environment = settings
        environment["QUEUE_PREFIX"] = yard.queue.prefix
        environment["REDIS_URL"] = url ?? redisURL
        environment["DATABASE_URL"] = databaseURL
        environment["SWITCHYARD_FAULT"] = fault
        let process = try TestProcess(ours: "queue-test-worker", environment: environment)
        started.withLock { $0.append(process) }
        if !isDoomed { try await process.waitForLine(containing: "serving") }
        return process
    }

    /// Those whose lease ended while they lived, as it may where the machine lets nobody run for so long: others had
    /// their jobs meanwhile.
    var overtaken: Set<Int> {
        let all = started.withLock { $0 }
        return Set(all.filter { $0.errors.contains("lease lost") }.map { Int($0.identifier) })
    }

    /// Lets it end in order.
    func end(_ process: TestProcess, at location: SourceLocation = #_sourceLocation) async throws {
        process.send(SIGTERM)
        #expect(try await process.waitForExit() == .code(0), "\(process.errors)", sourceLocation: location)
    }
}
