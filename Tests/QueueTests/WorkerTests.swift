import JSON
import Queue
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct WorkerTests {
    @Test func `every enqueued job is run once, and the books balance`() async throws {
        let yard = try Yard()
        let record = Record()
        let worker = try await yard.worker([does(Plain.self) { job, _ in record.add(job.number) }])
        try await yard.queue.enqueueAll((0..<5000).map { Plain(number: $0) })
        try await eventually { record.count == 5000 }
        #expect(record.numbers.sorted() == Array(0..<5000))
        await worker.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.difference == 0)
        #expect(balance.done == 5000)
        #expect(balance.leased == 0 && balance.waiting == 0 && balance.workers == 0)
    }

    @Test func `jobs that take time run side by side, never more than there are places`() async throws {
        let yard = try Yard()
        let running = Gauge()
        let record = Record()
        let handler = does(Plain.self) { job, _ in
            running.enter()
            // None ends before there were as many as may be, so they have to be let in together.
            while running.most < 10 { try await Task.sleep(for: .milliseconds(2)) }
            running.leave()
            record.add(job.number)
        }
        let worker = try await yard.worker([handler]) { $0.concurrency = 10 }
        try await yard.queue.enqueueAll((0..<200).map { Plain(number: $0) })
        try await eventually { record.count == 200 }
        #expect(running.most == 10)
        await worker.stop()
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a failing job is tried as often as its policy says, and is dead then with its history`() async throws {
        let yard = try Yard()
        let record = Record()
        struct Broken: Error {}
        let worker = try await yard.worker([
            does(Plain.self) { job, context in
                record.add(context.attempt)
                throw Broken()
            }
        ])
        try await yard.queue.enqueue(Plain(number: 1))
        try await eventually { try await yard.balance(Plain.queue).unstored == 1 }
        #expect(record.numbers == [1, 2, 3])
        let stored = try await yard.redis.call("LINDEX", yard.queue.keys(of: Plain.queue).dead, 0).expectBytes()
        let envelope = try #require(EnvelopeView(stored))
        #expect(envelope.options.errors.map(\.attempt) == [1, 2, 3])
        #expect(envelope.options.errors.first?.type == "Broken")
        await worker.stop()
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `outcomes other than success`() async throws {
        let yard = try Yard()
        let record = Record()
        let worker = try await yard.worker([
            does(Plain.self) { job, context in
                record.add(job.number * 10 + context.attempt)
                switch job.number {
                case 1: throw JobOutcome.discard("nothing to do")
                case 2: throw JobOutcome.fail("hopeless")
                case 3: if record.numbers.filter({ $0 == 31 }).count < 3 { throw JobOutcome.snooze(.milliseconds(5)) }
                case 4: if context.attempt == 1 { throw JobOutcome.retryAfter(.milliseconds(5), "busy") }
                default: break
                }
            }
        ])
        try await yard.queue.enqueueAll((1...4).map { Plain(number: $0) })
        try await eventually {
            let balance = try await yard.balance(Plain.queue)
            return balance.done == 3 && balance.dead == 1
        }
        #expect(record.numbers.sorted() == [11, 21, 31, 31, 31, 41, 42])
        await worker.stop()
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a delayed job starts at its time, also when the worker sleeps`() async throws {
        let yard = try Yard()
        let started = Mutex<Timestamp?>(nil)
        let worker = try await yard.worker([does(Plain.self) { _, _ in started.withLock { $0 = .now } }])
        let due = Timestamp.now + .milliseconds(150)
        try await yard.queue.enqueue(Plain(number: 1), JobOptions(runAt: due))
        try await eventually { started.withLock { $0 } != nil }
        let late = try #require(started.withLock { $0 }) - due
        #expect(late >= .milliseconds(-1))
        await worker.stop()
    }

    @Test func `an unknown kind is parked without costing an attempt, and runs once a worker knows it`() async throws {
        let yard = try Yard()
        struct Unknown: Job, Codable {
            static let kind = "test.unknown"
            static let queue = QueueName("plain")
        }
        let record = Record()
        let ignorant = try await yard.worker([does(Plain.self) { _, _ in }])
        try await yard.queue.enqueue(Unknown())
        try await eventually { try await yard.balance(Plain.queue).due == 1 }
        await ignorant.stop()
        let knowing = try await yard.worker([does(Unknown.self) { _, context in record.add(context.attempt) }])
        try await eventually { record.numbers == [1] }
        await knowing.stop()
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a drain gives back what does not end in time, and costs no attempt`() async throws {
        let yard = try Yard()
        let record = Record()
        let first = try await yard.worker([
            does(Plain.self) { job, context in
                record.add(-1)
                try await Task.sleep(for: .seconds(600))
            }
        ]) { $0.drainGrace = .milliseconds(20) }
        try await yard.queue.enqueue(Plain(number: 1))
        try await eventually { record.count == 1 }
        await first.stop()
        let second = try await yard.worker([does(Plain.self) { _, context in record.add(context.attempt) }])
        try await eventually { record.numbers == [-1, 1] }
        await second.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.difference == 0 && balance.done == 1)
    }

    @Test func `a job over its time limit is cancelled and fails`() async throws {
        let yard = try Yard()
        struct Short: Job, Codable {
            static let kind = "test.short"
            static let queue = QueueName("plain")
            static let retry = RetryPolicy.never
            static let timeLimit = Duration.milliseconds(30)
        }
        let worker = try await yard.worker([
            does(Short.self) { _, _ in try await Task.sleep(for: .seconds(600)) }
        ])
        try await yard.queue.enqueue(Short())
        try await eventually { try await yard.balance(Plain.queue).dead == 1 }
        await worker.stop()
    }
}

/// How many are inside, and how many were at the most.
private final class Gauge: Sendable {
    private let state = Mutex((now: 0, most: 0))
    var most: Int { state.withLock { $0.most } }
    func enter() {
        state.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }
    func leave() { state.withLock { $0.now -= 1 } }
}
