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
                try await context.progress(0.5, "half way")
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
}
