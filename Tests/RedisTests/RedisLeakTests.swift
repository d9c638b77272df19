import Redis
import Runtime
import TestSupport
import Testing

@Suite struct RedisLeakTests {
    /// In a process of its own: others open and close things beside it.
    @Test(.measuresMemory) func `a hundred thousand operations leak neither descriptors nor memory`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let redis = RedisClient(try Loops.options(), on: Loops.group)
            try await LeakLoad.run(redis, calls: 20_000, connections: 20)
            let descriptors = FileDescriptors.count
            let growth = try await Memory.growth(below: 2048) {
                try await LeakLoad.run(redis, calls: 100_000, connections: 200)
            }
            try await eventually("as many descriptors as before") { FileDescriptors.count <= descriptors }
            #expect(growth < 2048, "\(growth) KB more")
        }
    }
}

/// All that allocates: calls that are answered, fail, are cancelled or time out; scripts, pipelines, connections.
private enum LeakLoad {
    static func run(_ redis: RedisClient, calls: Int, connections: Int) async throws {
        let prefix = try TestStores.current.redisPrefix
        try await withThrowingTaskGroup { group in
            for number in 0..<50 {
                group.addTask { try await lane(redis, prefix + "\(number)", rounds: calls / 50 / 10) }
            }
            for _ in 0..<connections {
                let connection = try await RedisConnection.connect(try Loops.options(), on: Loops.group.next())
                try await connection.call("PING")
            }
            try await group.waitForAll()
        }
    }

    /// Ten calls per round.
    private static func lane(_ redis: RedisClient, _ key: String, rounds: Int) async throws {
        let script = RedisScript("return {ARGV[1], {1, 2, 'three'}, false}")
        for round in 0..<rounds {
            try await redis.call("SET", key, round)
            _ = try await redis.call("GET", key)
            _ = try await redis.call("MGET", key, key, "missing").array?.map(\.string)
            _ = try? await redis.call("LPUSH", key, "wrong kind")
            _ = try await redis.run(script, keys: 0) { $0.append(round) }
            _ = try? await redis.call("PING", within: .nanoseconds(1))
            let cancelled = Task { try await redis.call("ECHO", round) }
            cancelled.cancel()
            _ = try? await cancelled.value
            _ = try await redis.pipeline { writer in
                for _ in 0..<3 { writer.command("PING") }
            }
        }
        try await redis.call("DEL", key)
    }
}
