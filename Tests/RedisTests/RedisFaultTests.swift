import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct RedisFaultTests {
    @Test func `a Redis killed and restarted under 64 callers costs errors but no hang`() async throws {
        let server = try await RedisServer()
        let redis = try Loops.client(server.url) { $0.callLimit = .seconds(2) }
        let outcomes = Shared(Outcomes())
        let callers = (0..<64).map { number in
            Task {
                while !Task.isCancelled {
                    let start = ContinuousClock.now
                    let outcome = await Result.of { try await redis.call("ECHO", number) }
                    outcomes.change { $0.note(outcome.map(\.int), wanted: number, after: .now - start) }
                }
            }
        }
        for _ in 0..<3 {
            let answered = outcomes.value.answers
            try await eventually("answers") { outcomes.value.answers > answered + 1000 }
            try await server.kill()
            try await server.start()
        }
        let answered = outcomes.value.answers
        try await eventually("answers after the last restart") { outcomes.value.answers > answered + 1000 }
        for caller in callers { caller.cancel() }
        for caller in callers { await caller.value }
        let seen = outcomes.value
        #expect(seen.wrong == 0)
        #expect(seen.strange == [])
        #expect(seen.slowest < .minutes(1))
    }

    @Test func `calls wait for a Redis that is down, up to their limit`() async throws {
        let server = try await RedisServer()
        let redis = try Loops.client(server.url)
        try await redis.ping()
        try await server.kill()
        let early = Task { try await redis.call("ECHO", "early", within: .milliseconds(300)) }
        let patient = Task { try await redis.call("ECHO", "patient", within: .minutes(1)) }
        let error = await #expect(throws: RedisError.self) { try await early.value }
        #expect(error?.maybeExecuted == false)
        try await server.start()
        #expect(try await patient.value.string == "patient")
    }

    @Test func `a server that accepts and never answers is unreachable after the limit`() async throws {
        let hole = try BlackHole()
        let redis = try Loops.client("redis://127.0.0.1:\(hole.port)") {
            $0.callLimit = .milliseconds(300)
            $0.connectLimit = .milliseconds(200)
        }
        let start = ContinuousClock.now
        let outcomes = await withTaskGroup { group in
            for _ in 0..<100 { group.addTask { await Result.of { try await redis.ping() } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ContinuousClock.now - start < .minutes(1))
        for case .failure(let error) in outcomes {
            #expect((error as? RedisError)?.maybeExecuted == false)
        }
        #expect(outcomes.allSatisfy { (try? $0.get()) == nil })
    }

    @Test func `a frozen Redis: calls time out, the connection is given up, and all is well after`() async throws {
        let server = try await RedisServer()
        let redis = RedisClient(try Loops.options(server.url) { $0.callLimit = .milliseconds(400) }, on: Loops.one)
        try await redis.ping(within: .seconds(30))
        server.freeze()
        await #expect(throws: RedisError.timedOut(maybeExecuted: true)) {
            try await redis.call("ECHO", "short", within: .milliseconds(50))
        }
        await #expect(throws: RedisError.self) { try await redis.call("ECHO", "long") }
        server.thaw()
        try await eventually("an answer") { (try? await redis.call("ECHO", "again").string) == "again" }
    }

    @Test func `a late answer is dropped in its turn`() async throws {
        let server = try await RedisServer()
        let connection = try await RedisConnection.connect(try Loops.options(server.url), on: Loops.group.loops[0])
        server.freeze()
        await #expect(throws: RedisError.timedOut(maybeExecuted: true)) {
            try await connection.call("ECHO", "late", within: .milliseconds(30))
        }
        server.thaw()
        #expect(try await connection.call("ECHO", "next").string == "next")
    }

    @Test func `a server that speaks something else is an error, not a crash`() async throws {
        let server = try await FixedAnswerServer("HTTP/1.1 400 Bad Request\r\n\r\n")
        let redis = try Loops.client("redis://127.0.0.1:\(server.port)") { $0.callLimit = .seconds(2) }
        let error = await #expect(throws: RedisError.self) { try await redis.ping() }
        #expect("\(try #require(error))".contains("not the redis protocol"))
        // Each attempt is a connection, and the pauses between them grow.
        #expect(server.accepted < 12)
    }

    @Test func `a script that Redis forgot is sent again, under load`() async throws {
        let server = try await RedisServer()
        let redis = try Loops.client(server.url)
        let script = RedisScript("redis.call('INCR', KEYS[1]) return ARGV[1]")
        try await withThrowingTaskGroup { group in
            for number in 0..<64 {
                group.addTask {
                    for round in 0..<50 {
                        let answer = try await redis.run(script, keys: 1) { writer in
                            writer.append("counter")
                            writer.append(number * 1000 + round)
                        }
                        guard answer.int == number * 1000 + round else {
                            throw WrongAnswer(wanted: "\(number)", got: "\(answer)")
                        }
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 { try await redis.call("SCRIPT", "FLUSH") }
            }
            try await group.waitForAll()
        }
        #expect(try await redis.call("GET", "counter").int == 64 * 50)
    }

    @Test func `who floods waits in order, and past the bound is told so`() async throws {
        let server = try await RedisServer()
        let options = try Loops.options(server.url) {
            $0.outstandingCommands = 10
            $0.waitingCalls = 100
        }
        let redis = RedisClient(options, on: Loops.one)
        try await redis.ping()
        server.freeze()
        let refused = Shared(0)
        let answered = Shared(0)
        try await withThrowingTaskGroup { tasks in
            for number in 0..<1000 {
                tasks.addTask {
                    do {
                        try await redis.call("RPUSH", "list", number, within: .minutes(2))
                        answered.change { $0 += 1 }
                    } catch RedisError.overloaded {
                        refused.change { $0 += 1 }
                    }
                }
            }
            try await eventually("calls that are refused") { refused.value == 890 }
            server.thaw()
            try await tasks.waitForAll()
        }
        #expect(answered.value == 110)
        #expect(try await redis.call("LLEN", "list").int == 110)
    }

    @Test func `a server that became a replica is left, and waited for`() async throws {
        let server = try await RedisServer()
        let redis = RedisClient(try Loops.options(server.url), on: Loops.one)
        try await redis.ping()
        try await server.command("replicaof", "127.0.0.1", "1")
        let error = await #expect(throws: RedisError.self) {
            try await redis.call("SET", "key", 1, within: .seconds(4))
        }
        #expect(error?.code == "READONLY")
        let patient = Task { try await redis.call("SET", "key", 2, within: .minutes(1)) }
        try await server.command("replicaof", "no", "one")
        #expect(try await patient.value == .status("OK"))
    }

    @Test func `a busy server that loads its data is waited for`() async throws {
        let server = try await FixedAnswerServer("+OK\r\n-LOADING Redis is loading the dataset in memory\r\n")
        let redis = try Loops.client("redis://127.0.0.1:\(server.port)") { $0.callLimit = .milliseconds(300) }
        let start = ContinuousClock.now
        await #expect(throws: RedisError.self) { try await redis.ping() }
        #expect(ContinuousClock.now - start > .milliseconds(250))
    }
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) { content = Mutex(value) }

    var value: Value { content.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) { content.withLock { body(&$0) } }
}

/// What many callers saw.
private struct Outcomes {
    var answers = 0
    var wrong = 0
    var strange: [String] = []
    var slowest = Duration.zero

    mutating func note(_ outcome: Result<Int?, any Error>, wanted: Int, after time: Duration) {
        slowest = max(slowest, time)
        switch outcome {
        case .success(wanted): answers += 1
        case .success: wrong += 1
        case .failure(is CancellationError): break
        case .failure(let error as RedisError):
            switch error {
            case .connectionLost, .timedOut, .unreachable: break
            default: strange.append("\(error)")
            }
        case .failure(let error): strange.append("\(error)")
        }
    }
}

extension Result where Failure == any Error {
    static func of(_ body: () async throws -> Success) async -> Result {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
