import Foundation
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// Stores of a proof's own, the workers that it starts on them, and what these have left behind.
final class ProofYard: Sendable {
    struct Effect: Hashable {
        let number: Int
        let job: String
        let process: Int
    }

    let yard: Yard
    let durable: DurableQueue
    let database: Database
    private let databaseURL: String
    private let redisURL: String
    static let queues = [PlainEffect.queue, OrderedEffect.queue, KeyedEffect.queue, BareEffect.queue]

    /// With a Redis URL: another Redis than that of the run, or a way to it; the same for PostgreSQL.
    init(redis url: String? = nil, database otherDatabase: String? = nil) async throws {
        let stores = try TestStores.current
        databaseURL = otherDatabase ?? stores.databaseURL
        redisURL = url ?? stores.redisURL
        yard = try Yard(url: redisURL)
        let folder = Repository.root + "/Sources/Queue/Migrations"
        var sql = "create table effects (number int, job text, process int);"
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".sql") {
            sql += try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        }
        try await Psql.run(sql, on: databaseURL)
        var config = DatabaseConfig(url: databaseURL)
        config.poolSize = 4
        database = Database(config, loops: yard.loops, threads: ThreadPool(name: "resolve", threads: 1))
        durable = DurableQueue(
            database: database, client: yard.queue, loops: yard.loops, name: "proof", logger: .silent)
    }

    func close() async {
        await durable.stop()
        await database.close(grace: .milliseconds(200))
    }

    /// Starts a worker process and waits until it serves; a doomed one may die before that.
    func worker(
        fault: String? = nil, redis url: String? = nil, lease: Int = 1000, loops: Int = 1, pace: Int = 0,
        concurrency: Int = 32, isDoomed: Bool = false
    ) async throws -> TestProcess {
        var environment = [
            "QUEUE_PREFIX": yard.queue.prefix, "LEASE_MS": "\(lease)", "LOOPS": "\(loops)", "PACE_MS": "\(pace)",
            "CONCURRENCY": "\(concurrency)", "REDIS_URL": url ?? redisURL, "DATABASE_URL": databaseURL,
        ]
        environment["SWITCHYARD_FAULT"] = fault
        let process = try TestProcess(ours: "queue-test-worker", environment: environment)
        if !isDoomed { try await process.waitForLine(containing: "serving") }
        return process
    }

    // MARK: Jobs

    /// One load of every sort; numbers say which: 0… plain, 1000… ordered, 2000… unique, 3000… durable, 4000… durable
    /// without a transaction, 5000… a payload too large for Redis.
    func enqueueOfEachSort(_ count: Int) async throws -> Set<Int> {
        try await yard.queue.enqueueAll((0..<count).map { PlainEffect(number: $0) })
        for number in 0..<count {
            let key = "key \(number % 3)"
            try await yard.queue.enqueue(OrderedEffect(number: 1000 + number), JobOptions(key: key))
            try await yard.queue.enqueue(
                PlainEffect(number: 2000 + number), JobOptions(unique: .untilDone("\(number)")))
        }
        try await durable.enqueueAll((0..<count).map { PlainEffect(number: 3000 + $0) })
        try await durable.enqueueAll((0..<count).map { BareEffect(number: 4000 + $0) })
        let filler = String(repeating: "x", count: 20_000)
        try await durable.enqueueAll((0..<3).map { PlainEffect(number: 5000 + $0, filler: filler) })
        var numbers = Set(5000..<5003)
        for start in [0, 1000, 2000, 3000, 4000] { numbers.formUnion(start..<start + count) }
        return numbers
    }

    // MARK: What is left

    func effects() async throws -> [Effect] {
        let rows = try await Psql.run("select number, job, process from effects", on: databaseURL)
        return rows.split(separator: "\n").map { row in
            let fields = row.split(separator: "|")
            return Effect(number: Int(fields[0]) ?? -1, job: String(fields[1]), process: Int(fields[2]) ?? -1)
        }
    }

    func outboxCount() async throws -> Int {
        Int(
            try await Psql.run("select count(*) from outbox", on: databaseURL)
                .trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }

    func balances() async throws -> [Balance] {
        var all: [Balance] = []
        for queue in Self.queues { all.append(try await yard.balance(queue)) }
        return all
    }

    func untilDone(within limit: Duration = .seconds(30), at location: SourceLocation = #_sourceLocation) async throws {
        try await eventually("all jobs done", within: limit, sourceLocation: location) {
            try await balances().allSatisfy { $0.waiting == 0 && $0.leased == 0 }
        }
    }

    /// Nothing lost, no durable effect twice, every volatile duplicate from a worker that died or lost its lease, the
    /// books in balance, and nothing held any more.
    func check(
        _ expected: Set<Int>, fallen: Set<Int>, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let effects = try await effects()
        let missing = expected.subtracting(effects.map(\.number))
        #expect(missing.isEmpty, "lost: \(missing.sorted())", sourceLocation: location)
        for (number, runs) in Dictionary(grouping: effects, by: \.number) where runs.count > 1 {
            #expect(!(3000..<6000).contains(number), "durable effect \(number) twice", sourceLocation: location)
            let unexplained = runs.filter { !fallen.contains($0.process) }
            #expect(unexplained.count <= 1, "\(number) ran twice among the living", sourceLocation: location)
        }
        for balance in try await balances() {
            #expect(balance.difference == 0, "\(balance)", sourceLocation: location)
            #expect(balance.dead == 0, sourceLocation: location)
        }
        #expect(try await outboxCount() == 0, sourceLocation: location)
        let held = try await held()
        #expect(held.isEmpty, "still held: \(held)", sourceLocation: location)
    }

    /// Keys in Redis that only jobs which are not done may have.
    private func held() async throws -> [String] {
        let keys = try await yard.redis.call("KEYS", yard.queue.prefix + "*").expectArray().compactMap(\.string)
        let parts = [":unique:", ":keys:holders:", ":keys:list:", ":leased:", ":due:envelopes", ":suspect"]
        return keys.filter { key in parts.contains { key.contains($0) } }
    }
}
