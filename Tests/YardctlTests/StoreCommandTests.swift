import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct StoreCommandTests {
    @Test func `migrating needs the database alone, and is done once`() async throws {
        let without = ["REDIS_URL": ""]
        let before = try await Yardctl.run("migrate", "--check", environment: without)
        #expect(before.code == .code(1) && before.output.contains("missing: queue 0001_outbox"))
        let lacking = try await Yardctl.run("dead", "list")
        #expect(lacking.code == .code(78) && lacking.errors.contains("yardctl migrate"))
        let first = try await Yardctl.run("migrate", environment: without)
        #expect(
            first.code == .code(0) && first.lines.count >= 4 && first.output.contains("applied queue 0001_outbox in"))
        let second = try await Yardctl.run("migrate", environment: without)
        #expect(second.code == .code(0) && second.output == "The database is up to date.\n")
        #expect(try await Yardctl.run("migrate", "--check", "--json").json["pending"] == [])
    }

    @Test func `a changed migration is refused`() async throws {
        try await Yardctl.run("migrate")
        try await Psql.run(
            "update schema_migrations set checksum = 'x' where number = 2", on: TestStores.current.databaseURL)
        let result = try await Yardctl.run("migrate")
        #expect(result.code == .code(78) && result.errors.contains("was changed after it was applied"))
    }

    @Test func `stores that are away, or not named, are said to be`() async throws {
        let redis = try await Yardctl.run("queues", environment: ["REDIS_URL": "redis://:secret@127.0.0.1:1/0"])
        #expect(redis.code == .code(69) && redis.errors.contains("Redis cannot be reached at 127.0.0.1:1/0"))
        let postgres = try await Yardctl.run(
            "dead", "list", environment: ["DATABASE_URL": "postgresql://x:secret@127.0.0.1:1/x"])
        #expect(postgres.code == .code(69) && postgres.errors.contains("PostgreSQL cannot be reached"))
        let unnamed = try await Yardctl.run("queues", environment: ["REDIS_URL": ""])
        #expect(unnamed.code == .code(78) && unnamed.errors.contains("REDIS_URL: is not set"))
        for result in [redis, postgres, unnamed] { #expect(!result.errors.contains("secret")) }
    }

    @Test func `the configuration is shown without secrets`() async throws {
        let environment = ["REDIS_URL": "redis://:hushhush@127.0.0.1:7/1", "LOG_LEVEL": "debug"]
        let table = try await Yardctl.run("config", environment: environment)
        #expect(table.code == .code(0) && !table.output.contains("hushhush"))
        let settings = try await Yardctl.run("config", "--json", environment: environment).json["settings"]
        guard case .array(let records)? = settings else { throw NoTerminal() }
        func record(_ name: String) -> JSONValue? { records.first { $0["name"]?.string == name } }
        #expect(record("LOG_LEVEL") == ["name": "LOG_LEVEL", "value": "debug", "origin": "environment"])
        #expect(record("GRACE_PERIOD")?["origin"]?.string == "default")
        let wrong = try await Yardctl.run("config", environment: ["LOOPS": "many", "DATABASE_URL": ""])
        #expect(wrong.code == .code(78))
        #expect(wrong.errors.contains("LOOPS") && wrong.errors.contains("DATABASE_URL: is not set"))
    }

    // MARK: Doctor

    @Test func `a healthy platform has no problem`() async throws {
        let shed = try await Shed.migrated()
        let worker = try await shed.worker { _, _ in }
        let result = try await Yardctl.run("doctor", "--json")
        let findings = try result.findings
        #expect(result.code == .code(0), "\(findings)")
        #expect(findings["redis"]?["eviction-policy"]?.level == "fine")
        #expect(findings["postgresql"]?["migrations"]?.level == "fine")
        #expect(findings["chores"]?["queue"]?.level == "fine")
        await worker.stop()
    }

    @Test func `a Redis that drops keys is a problem`() async throws {
        let server = try await RedisServer(["--maxmemory-policy", "allkeys-lru", "--maxmemory", "100mb"])
        let result = try await Yardctl.run("doctor", "--json", environment: ["REDIS_URL": server.url])
        let finding = try result.findings["redis"]?["eviction-policy"]
        #expect(result.code == .code(1))
        #expect(finding?.level == "problem" && finding?.advice.contains("noeviction") == true)
        let text = try await Yardctl.run("doctor", environment: ["REDIS_URL": server.url])
        #expect(text.lines.first?.hasPrefix("problem") == true && text.output.contains("allkeys-lru"))
    }

    @Test func `stores that are away are findings, and the others are looked at all the same`() async throws {
        let result = try await Yardctl.run("doctor", "--json", environment: ["REDIS_URL": "redis://127.0.0.1:1"])
        #expect(result.code == .code(69))
        #expect(try result.findings["redis"]?["reached"]?.level == "problem")
        #expect(try result.findings["postgresql"]?["reached"]?.level == "fine")
        #expect(try result.findings["postgresql"]?["migrations"]?.advice == "Run: yardctl migrate")
    }

    @Test func `all that is stuck in a queue is found`() async throws {
        let shed = try await Shed.migrated()
        let keys = shed.keys(), redis = shed.redis
        let old = UUID.v7(at: .now - .minutes(5))
        try await redis.call("SET", keys.base + "unique:aaaaaaaaaaaaaaaa", JobID(old).wireBytes)
        var parked = try shed.queue.encoder.prepare(Chore(number: 1))
        parked.envelope.options.parkedSince = .now
        parked.runAt = .now + .hours(1)
        _ = try await shed.queue.enqueue(parked)
        let held = try shed.queue.encoder.prepare(Chore(number: 2)).envelope.encoded
        try await redis.call("HSET", keys.leased("ghost.0.1"), "0", held)
        try await redis.call("ZADD", keys.workers, 1000, "silent.0.1")
        try await shed.queue.enqueue(Chore(number: 3))
        try await shed.database().run(
            """
            insert into outbox (id, queue, style, kind, envelope, push_at)
            values (\(JobID.new()), 'chores', 0, 'test.chore', \(held), now() - interval '5 minutes')
            """)
        let result = try await Yardctl.run("doctor", "--json")
        let found = try result.findings
        #expect(result.code == .code(1))
        #expect(found["chores"]?["stuck-unique-keys"]?.level == "problem")
        #expect(found["chores"]?["parked"]?.text.contains("test.chore") == true)
        #expect(found["chores"]?["orphaned-jobs"]?.advice.contains("ghost.0.1") == true)
        #expect(found["chores"]?["stale-worker"]?.level == "problem")
        #expect(found["postgresql"]?["overdue-outbox"]?.level == "problem")
        try await redis.call("LPOP", keys.ready(.normal))
        #expect(try await Yardctl.run("doctor", "--json").findings["chores"]?["books"]?.level == "problem")
    }
}

/// A finding of `doctor --json`.
private struct Found {
    let level: String
    let text: String
    let advice: String
}

extension Yardctl.Result {
    /// By subject and check.
    fileprivate var findings: [String: [String: Found]] {
        get throws {
            var found: [String: [String: Found]] = [:]
            guard case .array(let list)? = try json["findings"] else { return found }
            for item in list {
                found[item["subject"]?.string ?? "", default: [:]][item["check"]?.string ?? ""] = Found(
                    level: item["level"]?.string ?? "", text: item["text"]?.string ?? "",
                    advice: item["advice"]?.string ?? "")
            }
            return found
        }
    }
}

extension JobID {
    /// As Redis has it.
    fileprivate var wireBytes: [UInt8] {
        withUnsafeBytes(of: uuid.high.bigEndian) { [UInt8]($0) }
            + withUnsafeBytes(of: uuid.low.bigEndian) { [UInt8]($0) }
    }
}
