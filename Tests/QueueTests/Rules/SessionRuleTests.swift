import JSON
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// What a worker owes its queues and jobs beyond the scripts.
@Suite struct SessionRuleTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private struct Other: Job, Codable {
        static let kind = "test.other"
        static let queue = QueueName("other")
        let number: Int
    }

    @Test func `a lease lost in one queue leaves the jobs of the others alone`() async throws {
        let (record, gate) = (Record(), Record())
        let wait: @Sendable (Int) async throws -> Void = { number in
            record.add(number)
            while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
        let worker = try await yard.worker([
            does(Plain.self) { job, _ in try await wait(job.number) },
            does(Other.self) { job, _ in try await wait(job.number) },
        ]) { $0.beat = .milliseconds(200) }
        try await yard.queue.enqueue(Plain(number: 1))
        try await yard.queue.enqueue(Other(number: 100))
        try await eventually { record.count == 2 }
        let keys = yard.queue.keys(of: Plain.queue)
        let name = try await yard.redis.call("ZRANGE", keys.workers, 0, 0).expectArray().first?.string ?? ""
        _ = try await Recovery(redis: yard.redis).reap(keys.base, incarnation: name)
        // Run again, by the same worker under its next name; the other queue's job is not.
        try await eventually { record.numbers.sorted() == [1, 1, 100] }
        gate.add(1)
        try await eventually { try await yard.balance(Plain.queue).done == 1 }
        try await eventually { try await yard.balance(Other.queue).done == 1 }
        await worker.stop()
        #expect(record.numbers.sorted() == [1, 1, 100])
        for queue in [Plain.queue, Other.queue] { #expect(try await yard.balance(queue).difference == 0) }
    }

    @Test func `free places are divided between queues by weight`() async throws {
        let (record, gate) = (Record(), Record())
        for number in 0..<100 {
            try await yard.queue.enqueue(Plain(number: number))
            try await yard.queue.enqueue(Other(number: 100 + number))
        }
        let wait: @Sendable (Int) async throws -> Void = { number in
            record.add(number)
            while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
        let worker = try await yard.worker([
            does(Plain.self) { job, _ in try await wait(job.number) },
            does(Other.self) { job, _ in try await wait(job.number) },
        ]) {
            $0.concurrency = 40
            $0.weights = [Plain.queue: 3]
        }
        try await eventually { record.count == 40 }
        let heavy = record.numbers.count { $0 < 100 }
        #expect((24...36).contains(heavy))
        gate.add(1)
        try await eventually { record.count == 200 }
        await worker.stop()
    }

    @Test func `of a batch each job has its own end`() async throws {
        struct Handler: BatchHandler {
            let record: Record
            func handle(_ jobs: [BatchItem<Plain>]) async throws {
                record.add(jobs.count)
                for item in jobs where item.job.number == 3 { item.fail(JobOutcome.fail("not this one")) }
                for item in jobs where item.job.number == 4 { item.fail(JobOutcome.discard("nothing to do")) }
            }
        }
        let record = Record()
        try await yard.queue.enqueueAll((0..<10).map { Plain(number: $0) })
        let worker = try await yard.worker([AnyHandler(batch: Handler(record: record))])
        try await eventually {
            let balance = try await yard.balance(Plain.queue)
            return balance.waiting == 0 && balance.leased == 0
        }
        await worker.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.done == 9 && balance.dead == 1 && balance.difference == 0)
        #expect(record.numbers.reduce(0, +) == 10 && record.count < 10)
    }

    @Test func `an error of any size and form is kept in short`() async throws {
        struct Endless: Error, CustomStringConvertible {
            // One character of 200,000 bytes.
            let description = "e" + String(repeating: "\u{301}", count: 100_000)
        }
        let worker = try await yard.worker([does(Plain.self) { _, _ in throw Endless() }])
        try await yard.queue.enqueue(Plain(number: 1))
        try await eventually { try await yard.balance(Plain.queue).dead == 1 }
        await worker.stop()
        let letter = try await yard.redis.call("LINDEX", yard.queue.keys(of: Plain.queue).dead, 0).expectBytes()
        let errors = try #require(EnvelopeView(letter)).options.errors
        #expect(errors.count == 3 && errors.allSatisfy { $0.message.utf8.count <= 500 })
    }

    @Test func `two suspects never run in one process at once, whatever its queues and loops`() async throws {
        for name in ["a", "b"] {
            for queue in [Plain.queue, Other.queue] {
                if name == "a" {
                    for number in 0..<4 {
                        if queue == Plain.queue { try await yard.queue.enqueue(Plain(number: number)) }
                        if queue == Other.queue { try await yard.queue.enqueue(Other(number: number)) }
                    }
                }
                let worker = try await ScriptedWorker(yard, queue, name)
                #expect(try await worker.fetch().jobs.count == 4)
                try await worker.die()
            }
        }
        let (record, inside, most) = (Record(), Record(), Record())
        let run: @Sendable (Int) async throws -> Void = { number in
            inside.add(1)
            most.add(inside.numbers.reduce(0, +))
            try await Task.sleep(for: .milliseconds(5))
            inside.add(-1)
            record.add(number)
        }
        let worker = try await yard.worker([
            does(Plain.self) { job, _ in try await run(job.number) },
            does(Other.self) { job, _ in try await run(job.number) },
        ])
        try await eventually { record.count == 8 }
        await worker.stop()
        #expect(most.numbers.max() == 1)
    }
}
