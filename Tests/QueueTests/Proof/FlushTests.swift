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
        try await eventually("an empty outbox") { try await proof.outboxCount() == 0 }
        try await proof.untilDone()
        worker.send(SIGTERM)
        #expect(try await worker.waitForExit() == .code(0))
        await relay.stop()
        let effects = try await proof.effects()
        #expect(effects.map(\.number).sorted() == Sort.durable.numbers(count).sorted())
        #expect(try await proof.balances().allSatisfy { $0.isRight })
        await proof.close()
    }

    @Test(arguments: [Plain.queue, Keyed.queue, Ordered.queue])
    func `whatever workers say of jobs from before a flush is refused, and leaves nothing behind`(
        queue: QueueName
    ) async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, queue, "a")
        let keys = yard.queue.keys(of: queue)
        for number in 0..<3 { try await enqueue(number, queue, yard) }
        let taken = try await worker.fetch()
        #expect(taken.jobs.count == 3)
        try await yard.redis.forgetAll(under: yard.queue.prefix)
        for outcome in ["done", "dead", "expired", "cancelled", "retrying", "scheduled", "parked", "ready"] {
            await #expect(throws: RedisError.self) { try await worker.settle(taken, outcome) }
        }
        await #expect(throws: RedisError.self) { try await worker.fetch(1, finished: taken.slots) }
        #expect(try await worker.die().ready == 0)
        #expect(try await yard.redis.call("KEYS", yard.queue.prefix + "*").expectArray().count == 0)
        // Also not under a new lease: its slots hold other jobs by then.
        let heir = try await ScriptedWorker(yard, queue, "b", over: ["a"])
        try await enqueue(4, queue, yard)
        let next = try await heir.fetch()
        #expect(next.jobs.count == 1 && next.slots[0] == taken.slots[0])
        #expect(try await heir.settle(taken) == 0)
        #expect(try await heir.settle(next) == 1)
        let balance = try await Balance.read(keys, from: yard.redis)
        #expect(balance.done == 1 && balance.enqueued == 1 && balance.isRight && balance.leased == 0)
    }

    private func enqueue(_ number: Int, _ queue: QueueName, _ yard: Yard) async throws {
        let options = JobOptions(unique: .untilDone("\(number)"), key: "k \(number)", isTracked: true)
        switch queue {
        case Keyed.queue: _ = try await yard.queue.enqueue(Keyed(number: number), options)
        case Ordered.queue: _ = try await yard.queue.enqueue(Ordered(number: number), options)
        default: _ = try await yard.queue.enqueue(Plain(number: number), options)
        }
    }

    @Test func `a PostgreSQL that is killed holds jobs up, and loses and doubles none`() async throws {
        let server = try await PostgresServer()
        let proof = try await ProofYard(database: server.url)
        let worker = try await proof.worker(lease: 1000, pace: 5)
        let expected = try await proof.enqueue(60)
        try await eventually { try await proof.balances().reduce(0) { $0 + $1.done } > 30 }
        try await server.restart()
        try await proof.untilDone()
        worker.send(SIGTERM)
        #expect(try await worker.waitForExit() == .code(0))
        // A commit whose answer was lost looks like a failure to a volatile job, which then runs again.
        try await proof.check(expected, fallen: [Int(worker.identifier)], mayFail: true)
        await proof.close()
    }
}
