import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

/// Waking must not rest on the slow look that every sleeper takes now and then: here nobody takes one.
@Suite struct WakingTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private func worker(
        _ handlers: [AnyHandler], _ adjust: (inout WorkerOptions) -> Void = { _ in }
    ) async throws -> Worker {
        try await yard.worker(handlers) { options in
            options.safetyPoll = .hours(1)
            adjust(&options)
        }
    }

    private func asleep(_ count: Int = 1) async throws {
        let idle = yard.queue.keys(of: Plain.queue).idle
        try await eventually("\(count) sleepers") { try await yard.redis.call("LLEN", idle).int == count }
    }

    @Test func `a job for a sleeping worker starts without waiting for a poll`() async throws {
        let record = Record()
        let worker = try await worker([does(Plain.self) { job, _ in record.add(job.number) }])
        for round in 1...20 {
            try await asleep()
            try await yard.queue.enqueue(Plain(number: round))
            try await eventually("start of job \(round)") { record.count == round }
        }
        await worker.stop()
    }

    @Test func `sleepers that are dead are passed over`() async throws {
        let record = Record()
        let idle = yard.queue.keys(of: Plain.queue).idle
        _ = try await yard.redis.call("RPUSH", idle, "nobody listens here")
        let worker = try await worker([does(Plain.self) { job, _ in record.add(job.number) }])
        try await asleep(2)
        try await yard.queue.enqueue(Plain(number: 1))
        try await eventually { record.count == 1 }
        await worker.stop()
    }

    @Test func `a worker that takes no more jobs does not swallow the call`() async throws {
        let record = Record()
        let handler = does(Plain.self) { job, _ in record.add(job.number) }
        let quiet = try await worker([handler])
        try await asleep()
        let other = try await worker([handler])
        try await asleep(2)
        quiet.quiet()
        for round in 1...5 {
            try await yard.queue.enqueue(Plain(number: round))
            try await eventually { record.count == round }
        }
        await quiet.stop()
        await other.stop()
    }

    @Test func `a worker without a free place passes the call on`() async throws {
        struct Blocking: Job, Codable {
            static let kind = "test.blocking"
            static let queue = QueueName("blocking")
        }
        let (record, gate) = (Record(), Record())
        let handlers = [
            does(Plain.self) { job, _ in record.add(job.number) },
            does(Blocking.self) { _, _ in
                record.add(-1)
                while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            },
        ]
        let full = try await worker(handlers) { $0.concurrency = 1 }
        try await asleep()
        try await yard.queue.enqueue(Blocking())
        try await eventually { record.numbers == [-1] }
        let other = try await worker([handlers[0]])
        try await asleep(2)
        try await yard.queue.enqueue(Plain(number: 1))
        try await eventually { record.numbers == [-1, 1] }
        gate.add(1)
        await full.stop()
        await other.stop()
    }

    @Test func `resuming, rescheduling and recovery wake who sleeps`() async throws {
        let record = Record()
        try await yard.control(Plain.queue, ["paused": "1"])
        let worker = try await worker([does(Plain.self) { job, _ in record.add(job.number) }])
        try await yard.queue.enqueue(Plain(number: 1))
        try await asleep()
        try await yard.control(Plain.queue, ["paused": ""])
        try await eventually("resume") { record.numbers == [1] }
        let later = try await yard.queue.enqueue(Plain(number: 2), JobOptions(runAt: .now + .hours(1)))
        try await asleep()
        #expect(try await yard.reschedule(later.id, in: Plain.queue, to: .now) == 1)
        try await eventually("reschedule") { record.numbers == [1, 2] }
        let dead = try await ScriptedWorker(yard, Plain.queue, "dead")
        try await yard.control(Plain.queue, ["paused": "1"])
        try await yard.queue.enqueue(Plain(number: 3))
        try await asleep()
        try await yard.redis.call("HDEL", yard.queue.keys(of: Plain.queue).control, "paused")
        // Nobody was told, so it is the dead one that gets it.
        #expect(try await dead.fetch(1).numbers == [3])
        try await asleep()
        try await dead.die()
        try await eventually("recovery") { record.numbers == [1, 2, 3] }
        await worker.stop()
    }

    @Test func `a freed place of the queue wakes the next`() async throws {
        let (record, gate) = (Record(), Record())
        try await yard.control(Plain.queue, ["concurrency": "1"])
        let handler = does(Plain.self) { job, _ in
            record.add(job.number)
            while gate.count < job.number { try await Task.sleep(for: .milliseconds(2)) }
        }
        let workers = [try await worker([handler]), try await worker([handler])]
        try await yard.queue.enqueueAll((1...6).map { Plain(number: $0) })
        for number in 1...6 {
            try await eventually("job \(number)") { record.count == number }
            gate.add(number)
        }
        for worker in workers { await worker.stop() }
        #expect(record.numbers.sorted() == Array(1...6))
    }
}
