import Glibc
import Redis
import Runtime
import TestSupport
import Testing

@Suite struct RedisServerTests {
    @Test func `facts of a server that may be used`() async throws {
        let server = try await RedisServer(["--appendonly", "yes"])
        let facts = try await RedisServerFacts.ask(try Loops.client(server.url))
        #expect(facts.version.major >= 7)
        #expect(facts.role == "master")
        #expect(facts.refusals == [])
        #expect(!facts.warnings.contains { $0.contains("appendonly") || $0.contains("clocks") })
        #expect(abs(facts.clockOffset.inSeconds) < 1)
    }

    @Test func `a server that drops keys, or is a replica, is refused`() async throws {
        let server = try await RedisServer(["--maxmemory", "100mb"])
        try await server.command("config", "set", "maxmemory-policy", "allkeys-lru")
        try await server.command("replicaof", "127.0.0.1", "1")
        let facts = try await RedisServerFacts.ask(try Loops.client(server.url))
        #expect(facts.refusals.count == 2)
        #expect(facts.memoryLimit == 100 << 20)
        #expect(facts.warnings.first?.contains("all that it holds") == true)
    }

    @Test func `a plain thread asks and waits`() throws {
        let redis = BlockingRedis(try Loops.options())
        let key = try TestStores.current.redisPrefix + "blocking"
        let answer = try onThread {
            try redis.run(within: .seconds(30)) { try await $0.call("INCR", key) }
        }
        #expect(answer == .integer(1))
        redis.close()
    }

    @Test func `a plain thread does not wait for a frozen server past the limit`() async throws {
        let server = try await RedisServer()
        let redis = BlockingRedis(try Loops.options(server.url))
        _ = try onThread { try redis.run(within: .seconds(30)) { try await $0.call("PING") } }
        server.freeze()
        let start = ContinuousClock.now
        #expect(throws: RedisError.timedOut(maybeExecuted: true)) {
            try onThread { try redis.run(within: .milliseconds(100)) { try await $0.call("PING") } }
        }
        #expect(ContinuousClock.now - start < .minutes(1))
        redis.close()
    }

    @Test func `commands, connections and round trips are counted`() async throws {
        let metrics = MetricsRegistry()
        let server = try await RedisServer()
        let redis = try Loops.client(server.url) { $0.meters = RedisMeters(metrics) }
        for _ in 0..<100 { try await redis.ping() }
        redis.close()
        try await eventually("the connections' end") { metrics.text.contains("redis_disconnects_total 2") }
        #expect(metrics.text.contains("redis_connects_total 2"))
        #expect(metrics.text.contains("redis_commands_outstanding 0\n"))
        // Two for the greeting of each connection.
        #expect(metrics.text.contains("redis_commands_total 104"))
        #expect(!metrics.text.contains("redis_round_trip_seconds_count 0"))
    }

    /// A thread that is no loop and no task.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let result = Shared<Result<Value, any Error>?>(nil)
        let done = Semaphore()
        Thread.start(name: "plain") {
            result.change { $0 = Result { try body() } }
            done.signal()
        }
        done.wait()
        return try #require(result.value).get()
    }
}

extension MetricsRegistry {
    fileprivate var text: String {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return buffer.toString()
    }
}
