import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct UniqueRuleTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private func enqueue(_ number: Int, _ unique: Uniqueness, runAt: Timestamp? = nil) async throws -> PushAnswer {
        try await yard.queue.enqueue(Plain(number: number), JobOptions(runAt: runAt, unique: unique))
    }

    @Test func `a second one with the key is answered with the first, until that is done`() async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let first = try await enqueue(1, .untilDone("k"))
        #expect(try await enqueue(2, .untilDone("k")) == .duplicate(of: first.id))
        let taken = try await worker.fetch()
        #expect(try await enqueue(3, .untilDone("k")) == .duplicate(of: first.id))
        try await worker.settle(taken, "retrying", at: .now + .hours(1))
        #expect(try await enqueue(4, .untilDone("k")) == .duplicate(of: first.id))
        #expect(try await yard.balance(Plain.queue).enqueued == 1)
    }

    @Test(arguments: ["done", "dead", "cancelled", "expired"])
    func `every end of the job frees the key`(outcome: String) async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        _ = try await enqueue(1, .untilDone("k"))
        try await worker.settle(try await worker.fetch(), outcome)
        guard case .taken = try await enqueue(2, .untilDone("k")) else { throw Held() }
    }

    @Test func `cancelling a scheduled job frees the key at once`() async throws {
        let first = try await enqueue(1, .untilDone("k"), runAt: .now + .hours(1))
        #expect(try await yard.cancel(first.id, in: Plain.queue) == 1)
        guard case .taken = try await enqueue(2, .untilDone("k")) else { throw Held() }
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a crash keeps the key for the next run, the last crash frees it`() async throws {
        let first = try await enqueue(1, .untilDone("k"))
        for round in 1...5 {
            let worker = try await ScriptedWorker(yard, Plain.queue, "w\(round)")
            #expect(try await worker.fetch().numbers == [1])
            #expect(try await enqueue(2, .untilDone("k")) == .duplicate(of: first.id))
            try await worker.die()
        }
        guard case .taken = try await enqueue(3, .untilDone("k")) else { throw Held() }
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.dead == 1 && balance.difference == 0)
    }

    @Test func `a key for a time outlives the job and ends by itself`() async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let first = try await enqueue(1, .forTime("k", .hours(1)))
        try await worker.settle(try await worker.fetch())
        #expect(try await enqueue(2, .forTime("k", .hours(1))) == .duplicate(of: first.id))
        let pattern = yard.queue.keys(of: Plain.queue).uniquePrefix + "*"
        let key = try #require(try await yard.redis.call("KEYS", pattern).expectArray().first?.bytes)
        let rest = try await yard.redis.call("PTTL", key).int ?? 0
        #expect((1...3_600_000).contains(rest))
        // The hour is over.
        try await yard.redis.call("PEXPIRE", key, 1)
        try await eventually {
            if case .taken = try await enqueue(3, .forTime("k", .hours(1))) { true } else { false }
        }
    }

    @Test func `of debounced jobs the last one runs, at its own time`() async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        _ = try await enqueue(1, .debounce("k"), runAt: .now + .hours(1))
        _ = try await enqueue(2, .debounce("k"), runAt: .now + .hours(2))
        let time = Timestamp.now + .hours(3)
        let last = try await enqueue(3, .debounce("k"), runAt: time)
        let due = try await yard.redis.call("ZRANGE", yard.queue.keys(of: Plain.queue).due, 0, -1, "WITHSCORES")
        #expect(try due.expectArray().last?.string == "\(time.milliseconds)")
        #expect(try await yard.reschedule(last.id, in: Plain.queue, to: .now) == 1)
        let taken = try await eventuallySome {
            let taken = try await worker.fetch()
            return taken.jobs.isEmpty ? nil : taken
        }
        #expect(taken.numbers == [3] && taken.jobs.first?.envelope.id == last.id)
        try await worker.settle(taken)
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.cancelled == 2 && balance.done == 1 && balance.difference == 0)
    }

    @Test func `what is debounced while the earlier one already runs is not lost`() async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        _ = try await enqueue(1, .debounce("k"))
        let running = try await worker.fetch()
        guard case .taken = try await enqueue(2, .debounce("k")) else { throw Held() }
        try await worker.settle(running)
        #expect(try await worker.fetch(from: 10).numbers == [2])
    }

    @Test func `a job that starts frees a key that only guards the wait`() async throws {
        let gate = Record()
        let record = Record()
        let worker = try await yard.worker([
            does(Plain.self) { job, _ in
                record.add(job.number)
                if job.number == 1 { while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) } }
            }
        ])
        _ = try await enqueue(1, .untilStarted("k"))
        try await eventually { record.numbers == [1] }
        guard case .taken = try await enqueue(2, .untilStarted("k")) else { throw Held() }
        try await eventually { record.numbers == [1, 2] }
        gate.add(1)
        await worker.stop()
        #expect(try await yard.balance(Plain.queue).done == 2)
    }

    private struct Held: Error {}
}
