import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct TrackingTests {
    @Test func `a tracked job shows its progress and its result, and is forgotten in time`() async throws {
        let yard = try Yard()
        let gate = Record()
        let worker = try await yard.worker([
            does(Plain.self) { _, context in
                // As after a flush.
                let key = [UInt8](yard.queue.keys(of: Plain.queue).trackedPrefix.utf8) + context.id.bytes
                try await yard.redis.call("DEL", key)
                await context.progress(0.5, "half way")
                #expect(try await yard.redis.call("PTTL", key).expectInt() > 0)
                gate.add(1)
                try await context.setResult(#"{"rows":7}"#)
            }
        ])
        let id = try await yard.queue.enqueue(Plain(number: 1), JobOptions(isTracked: true)).id
        try await eventually { try await yard.queue.tracked(id, in: Plain.queue)?.state == "done" }
        await worker.stop()
        #expect(
            try await yard.queue.tracked(id, in: Plain.queue)
                == TrackedJob(state: "done", progress: 0.5, note: "half way", result: #"{"rows":7}"#))
        #expect(gate.count == 1)
        let other = try await yard.queue.enqueue(Plain(number: 2)).id
        #expect(try await yard.queue.tracked(other, in: Plain.queue) == nil)
    }

    @Test func `its state says when it is leased, and neither that nor its progress needs memory of Redis`()
        async throws
    {
        let server = try await RedisServer()
        let yard = try Yard(url: server.url)
        let gate = Record()
        let worker = try await yard.worker([
            does(Plain.self) { _, context in
                await context.progress(0.25, "begun")
                while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
                try await context.setResult("7")
            }
        ])
        try await QueueControl(Plain.queue, redis: yard.redis, prefix: yard.queue.prefix, database: nil).pause()
        let id = try await yard.queue.enqueue(Plain(number: 1), JobOptions(isTracked: true)).id
        #expect(try await yard.queue.tracked(id, in: Plain.queue)?.state == "ready")
        try await server.command("config", "set", "maxmemory", "1000000")
        try await QueueControl(Plain.queue, redis: yard.redis, prefix: yard.queue.prefix, database: nil).resume()
        try await eventually {
            try await yard.queue.tracked(id, in: Plain.queue)
                == TrackedJob(state: "leased", progress: 0.25, note: "begun", result: nil)
        }
        gate.add(1)
        try await eventually { try await yard.queue.tracked(id, in: Plain.queue)?.state == "done" }
        #expect(try await yard.queue.tracked(id, in: Plain.queue)?.result == "7")
        await worker.stop()
    }

    @Test func `progress that cannot be shown fails no job`() async throws {
        let yard = try Yard()
        var options = try RedisOptions(url: "redis://127.0.0.1:1")
        options.callLimit = .milliseconds(200)
        let away = RedisClient(options, on: yard.loops)
        let queue = QueueClient(redis: away, loops: yard.loops, prefix: yard.queue.prefix)
        let job = try yard.queue.encoder.prepare(Plain(number: 1), JobOptions(isTracked: true))
        let inline = InlineRun(
            handlers: Handlers([does(Plain.self) { _, context in await context.progress(0.5) }]), queue: queue,
            logger: yard.logger)
        let outcome = await inline(try #require(EnvelopeView(RedisBytes(job.envelope.encoded))))
        #expect(outcome?.name == "done")
    }
}
