import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct CancelRuleTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private func enqueue(_ options: JobOptions = JobOptions()) async throws -> JobID {
        try await yard.queue.enqueue(Plain(number: 1), options).id
    }

    @Test func `a scheduled job is cancelled at once`() async throws {
        let id = try await enqueue(JobOptions(runAt: .now + .hours(1)))
        #expect(try await yard.cancel(id, in: Plain.queue) == 1)
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.cancelled == 1 && balance.due == 0 && balance.difference == 0)
    }

    @Test func `a retrying job is cancelled at once`() async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let id = try await enqueue()
        try await worker.settle(try await worker.fetch(), "retrying", at: .now + .hours(1))
        #expect(try await yard.cancel(id, in: Plain.queue) == 1)
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a ready job is cancelled when it is fetched, and the mark is gone then`() async throws {
        let record = Record()
        let id = try await enqueue()
        #expect(try await yard.cancel(id, in: Plain.queue) == 0)
        let worker = try await yard.worker([does(Plain.self) { job, _ in record.add(job.number) }])
        try await eventually { try await yard.balance(Plain.queue).cancelled == 1 }
        await worker.stop()
        #expect(record.count == 0)
        let keys = yard.queue.keys(of: Plain.queue)
        #expect(try await yard.redis.call("EXISTS", keys.cancelled).int == 0)
        #expect(try await yard.redis.call("HEXISTS", keys.control, "cancelling").int == 0)
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `the wish goes with a job that dies, and does not meet its retry`() async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let id = try await enqueue()
        let taken = try await worker.fetch()
        #expect(try await yard.cancel(id, in: Plain.queue) == 0)
        try await worker.settle(taken, "dead")
        let keys = yard.queue.keys(of: Plain.queue)
        #expect(try await yard.redis.call("EXISTS", keys.cancelled).int == 0)
        #expect(try await yard.redis.call("HEXISTS", keys.control, "cancelling").int == 0)
    }

    @Test func `a running job hears of it with the next heartbeat`() async throws {
        let record = Record()
        let worker = try await yard.worker([
            does(Plain.self) { job, _ in
                record.add(job.number)
                try await Task.sleep(for: .seconds(600))
            }
        ]) { $0.beat = .milliseconds(100) }
        let id = try await enqueue()
        try await eventually { record.count == 1 }
        #expect(try await yard.cancel(id, in: Plain.queue) == 0)
        try await eventually { try await yard.balance(Plain.queue).cancelled == 1 }
        await worker.stop()
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `one job of a batch that is cancelled does not take the others with it`() async throws {
        struct Slow: BatchHandler {
            let record: Record
            let gate: Record
            func handle(_ jobs: [BatchItem<Plain>]) async throws {
                for item in jobs { record.add(item.job.number) }
                while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            }
        }
        let (record, gate) = (Record(), Record())
        let answers = try await yard.queue.enqueueAll((0..<4).map { Plain(number: $0) })
        let worker = try await yard.worker([AnyHandler(batch: Slow(record: record, gate: gate))]) {
            $0.beat = .milliseconds(50)
        }
        try await eventually { record.count == 4 }
        _ = try await yard.cancel(answers[1].id, in: Plain.queue)
        // Two beats later every worker has heard of it.
        let keys = yard.queue.keys(of: Plain.queue)
        for _ in 0..<2 {
            let before = try await lease(keys)
            try await eventually { try await lease(keys) > before }
        }
        gate.add(1)
        try await eventually { try await yard.balance(Plain.queue).leased == 0 }
        await worker.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.done == 4 && balance.due == 0 && balance.difference == 0)
    }

    @Test func `a job of a batch can hear that it is cancelled, and ends as such while the others go on`() async throws
    {
        struct Patient: BatchHandler {
            let record: Record
            func handle(_ jobs: [BatchItem<Plain>]) async throws {
                record.add(jobs.count)
                while true {
                    for item in jobs where item.context.isCancelled {
                        item.fail(CancellationError())
                        return
                    }
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
        }
        let record = Record()
        let answers = try await yard.queue.enqueueAll((0..<4).map { Plain(number: $0) })
        let worker = try await yard.worker([AnyHandler(batch: Patient(record: record))]) {
            $0.beat = .milliseconds(50)
        }
        try await eventually { record.numbers == [4] }
        _ = try await yard.cancel(answers[2].id, in: Plain.queue)
        try await eventually { try await yard.balance(Plain.queue).leased == 0 }
        await worker.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.done == 3 && balance.cancelled == 1 && balance.difference == 0)
    }

    @Test func `a batch whose handler does not come back is one abandoned handler`() async throws {
        struct Stuck: BatchHandler {
            let record: Record
            func handle(_ jobs: [BatchItem<Brief>]) async throws {
                record.add(jobs.count)
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            }
        }
        let (record, orders) = (Record(), Record())
        try await yard.queue.enqueueAll((0..<20).map { Brief(number: $0) })
        let worker = try await yard.worker(
            [AnyHandler(batch: Stuck(record: record))],
            {
                $0.abandonGrace = .milliseconds(20)
                $0.abandonLimit = 2
                $0.drainGrace = .milliseconds(20)
            }, onOrder: { _ in orders.add(1) })
        try await eventually { record.count == 1 }
        try await eventually { try await yard.balance(Plain.queue).due == 20 }
        #expect(orders.count == 0)
        try await yard.queue.enqueueAll((0..<20).map { Brief(number: $0) })
        try await eventually { orders.count > 0 }
        await worker.stop()
    }

    @Test func `a running job hears of it however many other wishes there are`() async throws {
        let record = Record()
        let worker = try await yard.worker([
            does(Plain.self) { job, _ in
                record.add(job.number)
                try await Task.sleep(for: .seconds(600))
            }
        ]) { $0.beat = .milliseconds(100) }
        let id = try await enqueue()
        try await eventually { record.count == 1 }
        _ = try await yard.cancel(id, in: Plain.queue)
        for _ in 0..<1500 { _ = try await yard.cancel(.new(), in: Plain.queue) }
        try await eventually { try await yard.balance(Plain.queue).cancelled == 1 }
        await worker.stop()
    }

    @Test func `the wish goes with a job that kills its workers`() async throws {
        let id = try await enqueue()
        let keys = yard.queue.keys(of: Plain.queue)
        for death in 1...5 {
            let worker = try await ScriptedWorker(yard, Plain.queue, "w\(death)")
            #expect(try await worker.fetch().jobs.map(\.envelope.id) == [id])
            if death == 5 { #expect(try await yard.cancel(id, in: Plain.queue) == 0) }
            try await worker.die()
        }
        #expect(try await yard.balance(Plain.queue).dead == 1)
        #expect(try await yard.redis.call("EXISTS", keys.cancelled).int == 0)
        #expect(try await yard.redis.call("HEXISTS", keys.control, "cancelling").int == 0)
    }

    private func lease(_ keys: QueueKeys) async throws -> Int {
        try await yard.redis.call("ZRANGE", keys.workers, 0, 0, "WITHSCORES").expectArray().last?.int ?? 0
    }

    @Test func `rescheduling moves what waits for its time, and nothing else`() async throws {
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let ready = try await enqueue()
        #expect(try await yard.reschedule(ready, in: Plain.queue, to: .now + .hours(1)) == 0)
        let due = try await enqueue(JobOptions(runAt: .now + .hours(1)))
        #expect(try await worker.fetch().jobs.map(\.envelope.id) == [ready])
        #expect(try await yard.reschedule(due, in: Plain.queue, to: .now) == 1)
        #expect(try await worker.fetch(from: 10).jobs.map(\.envelope.id) == [due])
    }

    @Test func `an expired job is dropped and counted`() async throws {
        let record = Record()
        _ = try await enqueue(JobOptions(expiresAt: .now - .milliseconds(1)))
        let worker = try await yard.worker([does(Plain.self) { job, _ in record.add(job.number) }])
        try await eventually { try await yard.balance(Plain.queue).expired == 1 }
        await worker.stop()
        #expect(record.count == 0)
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }
}

/// Has little time.
private struct Brief: Job, Codable {
    static let kind = "test.brief"
    static let queue = Plain.queue
    static let timeLimit = Duration.milliseconds(20)
    let number: Int
}
