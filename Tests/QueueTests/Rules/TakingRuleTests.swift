import JSON
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Queue

/// What a worker does with jobs that it cannot simply run.
@Suite struct TakingRuleTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private struct Unknown: Job, Codable {
        static let kind = "test.unknown"
        static let queue = Plain.queue
    }

    private func worker(_ durable: any DurableJobs, _ handlers: [AnyHandler]) async throws -> Worker {
        let worker = Worker(
            handlers: Handlers(handlers), queue: yard.queue, durable: durable, redis: yard.options, loops: yard.loops,
            logger: yard.logger)
        try await worker.start()
        return worker
    }

    private func enqueue(
        _ job: some Job, _ options: JobOptions = JobOptions(), adding attributes: Envelope.Attributes
    ) async throws -> JobID {
        var job = try yard.queue.encoder.prepare(job, options)
        job.envelope.attributes.formUnion(attributes)
        return try await yard.queue.enqueue(job).id
    }

    @Test func `a job of an unknown kind that is cancelled or expired ends, and its row goes`() async throws {
        let durable = PlayedDurable()
        let cancelled = try await enqueue(Unknown(), adding: .durable)
        _ = try await yard.cancel(cancelled, in: Plain.queue)
        let options = JobOptions(expiresAt: .now - .seconds(1))
        let expired = try await enqueue(Unknown(), options, adding: .durable)
        let worker = try await worker(durable, [does(Plain.self) { _, _ in }])
        try await eventually {
            let balance = try await yard.balance(Plain.queue)
            return balance.cancelled == 1 && balance.expired == 1
        }
        await worker.stop()
        #expect(Set(durable.finished) == [cancelled, expired])
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.difference == 0 && balance.due == 0)
    }

    @Test func `a worker without a database leaves durable jobs to others`() async throws {
        let record = Record()
        _ = try await enqueue(Plain(number: 1), adding: .durable)
        let handler = does(Plain.self) { job, _ in record.add(job.number) }
        let without = try await yard.worker([handler])
        try await eventually { try await yard.balance(Plain.queue).due == 1 }
        await without.stop()
        #expect(record.count == 0)
        let durable = PlayedDurable()
        let with = try await worker(durable, [handler])
        try await eventually { durable.finished.count == 1 }
        await with.stop()
        #expect(record.numbers == [1])
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a store that does not give a payload costs no attempt`() async throws {
        let durable = PlayedDurable(failures: 1)
        let record = Record()
        _ = try await enqueue(Plain(number: 1), adding: .payloadStored)
        let worker = try await worker(durable, [does(Plain.self) { job, context in record.add(context.attempt) }])
        try await eventually { record.count == 1 }
        await worker.stop()
        #expect(record.numbers == [1])
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `the payload of a job that another has by now is not thrown away`() async throws {
        let durable = PlayedDurable()
        let (record, gate) = (Record(), Record())
        let keys = yard.queue.keys(of: Plain.queue)
        let ids = [
            try await enqueue(Plain(number: 1), adding: .payloadStored),
            try await enqueue(Plain(number: 2), adding: .payloadStored),
        ]
        let worker = try await worker(
            durable,
            [
                does(Plain.self) { job, _ in
                    record.add(job.number)
                    while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
                }
            ])
        try await eventually { record.count == 2 }
        // As after a failover: the slot of one holds another job.
        let name = try await yard.redis.call("ZRANGE", keys.workers, 0, 0).expectArray().first?.string ?? ""
        let held = try await yard.redis.call("HGETALL", keys.leased(name)).expectFields()
        let slots = held.filter { EnvelopeView($0.value)?.id == ids[0] }.map(\.key)
        let slot = try #require(slots.first)
        let other = try yard.queue.encoder.prepare(Plain(number: 3)).envelope.encoded
        try await yard.redis.call("HSET", keys.leased(name), slot, other)
        gate.add(1)
        try await eventually { !durable.forgotten.isEmpty }
        await worker.stop()
        #expect(durable.forgotten == [ids[1]])
    }
}

/// The durable side, as far as a worker sees it.
private final class PlayedDurable: DurableJobs {
    private struct State {
        var failures: Int
        var finished: [JobID] = []
        var forgotten: [JobID] = []
    }
    private struct Away: Error {}
    private let state: Mutex<State>

    init(failures: Int = 0) { state = Mutex(State(failures: failures)) }

    var finished: [JobID] { state.withLock { $0.finished } }
    var forgotten: [JobID] { state.withLock { $0.forgotten } }

    func finish(_ ids: [JobID], as ending: Ending) async throws { state.withLock { $0.finished += ids } }

    func payloads(of jobs: [EnvelopeView]) async throws -> [JobID: [UInt8]] {
        let fails = state.withLock { state in
            state.failures -= 1
            return state.failures >= 0
        }
        if fails { throw Away() }
        return Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, Array(#"{"number":1}"#.utf8)) })
    }

    func found(_ queue: QueueName) async throws {}

    func forgetPayloads(of ids: [JobID]) async throws { state.withLock { $0.forgotten += ids } }
}
