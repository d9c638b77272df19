import Redis
import Runtime
import TestSupport
import Testing

@Suite struct RedisClientTests {
    @Test func `values come back as they went`() async throws {
        let redis = try Loops.client()
        let key = try TestStores.current.redisPrefix + "value"
        let large = [UInt8](repeating: 0xA5, count: 5 << 20)
        for value in [[UInt8](0...255), [], [13, 10], large] {
            try await redis.call("SET", key, value)
            #expect(try await redis.call("GET", key).expectBytes().toArray() == value)
        }
        #expect(try await redis.call("GET", key + "missing").isNull)
        try await redis.call("DEL", key)
    }

    @Test func `an error that Redis answers is thrown, and stays a value inside arrays`() async throws {
        let redis = try Loops.client()
        let key = try TestStores.current.redisPrefix + "text"
        try await redis.call("SET", key, "text")
        let error = await #expect(throws: RedisError.self) { try await redis.call("INCR", key) }
        #expect(error?.code == "ERR")
        let answers = try await redis.transaction { writer in
            writer.command("LPUSH")
            writer.append(key)
            writer.append("x")
            writer.command("STRLEN")
            writer.append(key)
        }
        #expect(answers.count == 2)
        #expect(answers.first.map { if case .error = $0 { true } else { false } } == true)
        #expect(answers.last == .integer(4))
        try await redis.call("DEL", key)
    }

    @Test func `a thousand tasks get their own answers`() async throws {
        let redis = try Loops.client()
        try await withThrowingTaskGroup { group in
            for number in 0..<1000 {
                group.addTask {
                    for round in 0..<20 {
                        let text = "\(number)/\(round)"
                        let answer = try await redis.call("ECHO", text)
                        guard answer.string == text else { throw WrongAnswer(wanted: text, got: answer.string ?? "") }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a pipeline keeps its order`() async throws {
        let redis = try Loops.client()
        let answers = try await redis.pipeline { writer in
            for number in 0..<5000 {
                writer.command("ECHO")
                writer.append(number)
            }
        }
        #expect(answers.map(\.int) == (0..<5000).map { $0 })
    }

    @Test func `a client on a Unix socket, in another database`() async throws {
        let server = try await RedisServer()
        let first = try Loops.client("unix:\(server.socket)")
        let second = try Loops.client("redis+unix://\(server.socket)?db=5")
        try await first.call("SET", "where", "zero")
        try await second.call("SET", "where", "five")
        #expect(try await first.call("GET", "where").string == "zero")
        #expect(try await server.command("-n", "5", "get", "where") == "five")
    }

    @Test func `a closed client answers at once`() async throws {
        let redis = try Loops.client()
        try await redis.ping()
        redis.close()
        await #expect(throws: RedisError.closed) { try await redis.ping() }
    }

    @Test func `a cancelled call ends at once and the next one gets its own answer`() async throws {
        let server = try await RedisServer()
        let redis = try Loops.client(server.url)
        try await redis.ping()
        server.freeze()
        let calls = (0..<50).map { number in Task { try await redis.call("ECHO", number) } }
        let last = Task { try await redis.call("ECHO", "last") }
        for call in calls { call.cancel() }
        for call in calls { await #expect(throws: CancellationError.self) { try await call.value } }
        server.thaw()
        #expect(try await last.value.string == "last")
        #expect(try await redis.call("ECHO", "after").string == "after")
    }
}

struct WrongAnswer: Error {
    let wanted: String
    let got: String
}

/// The loops that all tests here share.
enum Loops {
    static let group = LoopGroup(count: 2)
    /// For tests to whom it matters that all calls share a connection.
    static let one = LoopGroup(count: 1)

    static func client(_ url: String? = nil, _ change: (inout RedisOptions) -> Void = { _ in }) throws -> RedisClient {
        RedisClient(try options(url, change), on: group)
    }

    static func options(
        _ url: String? = nil, _ change: (inout RedisOptions) -> Void = { _ in }
    ) throws -> RedisOptions {
        var options = try RedisOptions(url: url ?? TestStores.current.redisURL)
        // Limits are the subject only where a test sets them: others may keep the machine busy.
        options.callLimit = .seconds(30)
        options.connectLimit = .seconds(30)
        change(&options)
        return options
    }
}
