import JSON
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Queue

/// A drain costs no job an attempt or a crash, whatever is amiss meanwhile.
@Suite struct DrainRuleTests {
    private func waiting(_ yard: Yard) async throws -> [EnvelopeView] {
        try await yard.redis.call("LRANGE", yard.queue.keys(of: Plain.queue).ready(.normal), 0, -1).expectArray()
            .compactMap { $0.bytes.flatMap(EnvelopeView.init) }
    }

    @Test func `jobs of a fetch whose answer was lost go back when the worker drains`() async throws {
        let server = try await RedisServer()
        let loses = Mutex(false)
        // The answer that brings jobs goes, once.
        let proxy = try await FaultyProxy(to: server.port) { chunk in
            guard !chunk.isRequest, chunk.text.contains(Plain.kind) else { return .pass }
            return loses.withLock { exchange(&$0, with: false) } ? .lose : .pass
        }
        let yard = try Yard(url: server.url)
        let faulty = try Yard(url: proxy.url, prefix: yard.queue.prefix)
        let record = Record()
        let worker = try await faulty.worker([does(Plain.self) { job, _ in record.add(job.number) }])
        loses.withLock { $0 = true }
        try await yard.queue.enqueueAll((0..<20).map { Plain(number: $0) })
        try await eventually { loses.withLock { !$0 } }
        await worker.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.leased == 0 && balance.workers == 0 && balance.difference == 0)
        #expect(balance.done == record.count && balance.ready == 20 - record.count)
        #expect(try await waiting(yard).allSatisfy { $0.crashes == 0 && $0.attempts == 0 })
    }

    @Test func `a durable job whose row cannot be deleted goes back when the worker drains`() async throws {
        struct Away: DurableJobs {
            struct Gone: Error {}
            let asked: Record
            func finish(_ ids: [JobID], as ending: Ending) async throws {
                asked.add(ids.count)
                throw Gone()
            }
            func payloads(of jobs: [EnvelopeView]) async throws -> [JobID: [UInt8]] { [:] }
            func found(_ queue: QueueName) async throws {}
            func forgetPayloads(of ids: [JobID]) async throws {}
        }
        let yard = try Yard()
        let asked = Record()
        var job = try yard.queue.encoder.prepare(Plain(number: 1))
        job.envelope.attributes.insert(.durable)
        _ = try await yard.queue.enqueue(job)
        var options = WorkerOptions()
        options.drainGrace = .milliseconds(10)
        options.abandonGrace = .milliseconds(10)
        let worker = Worker(
            handlers: Handlers([does(Plain.self) { _, _ in }]), queue: yard.queue, durable: Away(asked: asked),
            redis: yard.options, loops: yard.loops, options: options, logger: yard.logger)
        try await worker.start()
        try await eventually { asked.count > 0 }
        await worker.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.ready == 1 && balance.leased == 0 && balance.workers == 0 && balance.difference == 0)
        let envelope = try #require(try await waiting(yard).first)
        #expect(envelope.crashes == 0 && envelope.attempts == 0 && envelope.interruptions == 1)
    }

    @Test func `a lease that is lost at the last moment leaves no incarnation behind`() async throws {
        let yard = try Yard()
        let keys = yard.queue.keys(of: Plain.queue)
        for _ in 0..<20 {
            let worker = try await yard.worker([does(Plain.self) { _, _ in }])
            try await yard.queue.enqueueAll((0..<64).map { Plain(number: $0) })
            try await yard.redis.call("DEL", keys.workers)
            await worker.stop()
            let balance = try await yard.balance(Plain.queue)
            #expect(balance.workers == 0 && balance.difference == 0)
        }
    }
}
