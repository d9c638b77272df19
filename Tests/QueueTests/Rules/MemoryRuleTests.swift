import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// Where Redis is nearly full, volatile jobs are refused first.
@Suite(.ownStores) struct MemoryRuleTests {
    private static let bound = 1 << 30

    private func client(_ yard: Yard, _ memory: QueueMemory) -> QueueClient {
        QueueClient(redis: yard.redis, loops: yard.loops, prefix: yard.queue.prefix, memory: memory)
    }

    /// So much that what connections need does not count.
    private func fill(_ redis: RedisClient) async throws -> Int {
        try await redis.call("SETRANGE", "ballast", 30_000_000, "x")
        return try await used(redis)
    }

    private func used(_ redis: RedisClient) async throws -> Int {
        let text = try await redis.call("INFO", "memory").expectString()
        let line = try #require(text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") })
        return try #require(Int(line.dropFirst(12)))
    }

    /// Whether a volatile job is taken, however it is enqueued; and whether a durable one is pushed.
    private func takes(_ client: QueueClient, at location: SourceLocation = #_sourceLocation) async throws -> [Bool] {
        let job = try client.encoder.prepare(Plain(number: 1))
        let ways: [() async throws -> Void] = [
            { _ = try await client.enqueue(Plain(number: 1)) },
            { _ = try await client.enqueue(Plain(number: 1), after: .seconds(60)) },
            { _ = try await client.enqueueAll([Plain(number: 1)]) }, { _ = try await client.enqueueAll([job]) },
        ]
        var answers: [Bool] = []
        for way in ways { answers.append(try await isTaken(way)) }
        #expect(Set(answers).count == 1, "\(answers)", sourceLocation: location)
        return [answers[0], try await isTaken { _ = try await client.push([job], counting: .enqueued) }]
    }

    private func isTaken(_ way: () async throws -> Void) async throws -> Bool {
        do {
            try await way()
            return true
        } catch QueueError.full { return false }
    }

    @Test func `volatile jobs are refused before durable ones have to wait`() async throws {
        let server = try await RedisServer()
        let yard = try Yard(url: server.url)
        let used = try await fill(yard.redis)
        for (bound, expected) in [
            (nil, [true, true]), (Self.bound, [true, true]), (used * 20 / 19, [false, true]),
            (used / 2, [false, false]),
        ] {
            let memory = QueueMemory(bound: bound, logger: .silent)
            try await memory.look(at: yard.redis)
            #expect(try await takes(client(yard, memory)) == expected, "bound \(bound ?? 0), used \(used)")
        }
    }

    @Test func `the smaller counts of our bound and that of redis, and there is room again when there is`() async throws
    {
        let server = try await RedisServer()
        let yard = try Yard(url: server.url)
        let memory = QueueMemory(bound: Self.bound, logger: .silent)
        let client = client(yard, memory)
        let bound = try await fill(yard.redis) * 20 / 19
        try await server.command("config", "set", "maxmemory", "\(bound)")
        try await memory.look(at: yard.redis)
        #expect(try await takes(client)[0] == false)
        try await server.command("config", "set", "maxmemory", "0")
        try await memory.look(at: yard.redis)
        #expect(try await takes(client) == [true, true])
    }

    @Test func `durable jobs wait in the outbox until there is room`() async throws {
        try await withBench { bench in
            let memory = QueueMemory(bound: 1, logger: .silent)
            let client = QueueClient(
                redis: bench.redis, loops: Durables.loops, prefix: bench.client.prefix, memory: memory)
            let durable = DurableQueue(
                database: bench.database, client: client, loops: Durables.loops, name: "memory", logger: .silent)
            try await memory.look(at: bench.redis)
            try await durable.enqueue(try bench.prepared(1))
            await durable.pusher.untilIdle()
            #expect(try await bench.readyIDs().isEmpty)
            #expect(try await bench.outboxCount("push_at is not null") == 1)
            // Another process finds room.
            let relay = bench.relay()
            try await bench.database.run("update outbox set push_at = now()")
            while try await relay.pushDue() {}
            #expect(try await bench.readyIDs().count == 1)
            await durable.stop()
        }
    }
}
