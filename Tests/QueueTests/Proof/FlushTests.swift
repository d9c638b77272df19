import Glibc
import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue
@testable import queue_test_worker

/// Redis or PostgreSQL lose their memory or their lives, and durable jobs do not notice.
@Suite(.ownStores) struct FlushTests {
    @Test func `a flushed Redis into which nothing else is enqueued runs every durable job, once`() async throws {
        let server = try await RedisServer()
        let proof = try await ProofYard(redis: server.url)
        let relay = proof.relay()
        try await relay.start()
        let worker = try await proof.worker(lease: 1000, pace: 10)
        let count = 300
        try await proof.durable.enqueueAll(Sort.durable.numbers(count).sorted().map { PlainEffect(number: $0) })
        try await eventually { try await proof.yard.balance(PlainEffect.queue).done > 40 }
        try await server.command("flushall")
        try await eventually("an empty outbox", within: .seconds(30)) { try await proof.outboxCount() == 0 }
        try await proof.untilDone()
        worker.send(SIGTERM)
        #expect(try await worker.waitForExit() == .code(0))
        await relay.stop()
        let effects = try await proof.effects()
        #expect(effects.map(\.number).sorted() == Sort.durable.numbers(count).sorted())
        #expect(try await proof.yard.balance(PlainEffect.queue).difference == 0)
        await proof.close()
    }

    @Test func `a PostgreSQL that is killed holds jobs up, and loses and doubles none`() async throws {
        let server = try await PostgresServer()
        let proof = try await ProofYard(database: server.url)
        let worker = try await proof.worker(lease: 1000, pace: 5)
        let expected = try await proof.enqueue(60)
        try await eventually { try await proof.balances().reduce(0) { $0 + $1.done } > 30 }
        try await server.restart()
        try await proof.untilDone(within: .seconds(40))
        worker.send(SIGTERM)
        #expect(try await worker.waitForExit() == .code(0))
        // A commit whose answer was lost looks like a failure to a volatile job, which then runs again.
        try await proof.check(expected, fallen: [Int(worker.identifier)], mayFail: true)
        await proof.close()
    }
}
