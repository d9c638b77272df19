import Queue
import Redis
import Runtime

/// How fast jobs come in.
package enum Enqueueing {
    /// In batches, as a fan-out does, by two tasks: one prepares while Redis takes what the other has sent.
    package static func bulkPerSecond(jobs: Int, on bench: Yardstick) async throws -> Double {
        try await bench.clean()
        let numbers = (0..<10_000).map { NoOp(number: $0) }
        let batches = max(jobs / numbers.count / 2, 1)
        let start = MonotonicTime.now
        try await withThrowingTaskGroup { group in
            for _ in 0..<2 {
                group.addTask { for _ in 0..<batches { try await bench.queue.enqueueAll(numbers) } }
            }
            try await group.waitForAll()
        }
        let span = MonotonicTime.now - start
        try await bench.clean()
        return Double(2 * batches * numbers.count) / span.inSeconds
    }

    /// Many tasks, each of which waits for its one job to be taken before it enqueues the next.
    package static func awaitedPerSecond(tasks: Int, each: Int, on bench: Yardstick) async throws -> Double {
        try await bench.clean()
        let queue = bench.queue
        let start = MonotonicTime.now
        try await bench.onLoop {
            try await withThrowingTaskGroup { group in
                for _ in 0..<tasks {
                    group.addTask { for number in 0..<each { try await queue.enqueue(NoOp(number: number)) } }
                }
                try await group.waitForAll()
            }
        }
        let span = MonotonicTime.now - start
        try await bench.clean()
        return Double(tasks * each) / span.inSeconds
    }

    /// What a waiting job takes in Redis beyond its payload.
    package static func bytesOverPayload(jobs: Int, on bench: Yardstick) async throws -> Double {
        try await bench.clean()
        let sample = try bench.queue.encoder.prepare(NoOp(number: 12_345))
        for start in stride(from: 0, to: jobs, by: 10_000) {
            try await bench.queue.enqueueAll((start..<min(start + 10_000, jobs)).map { _ in NoOp(number: 12_345) })
        }
        let used = try await bench.memory(of: NoOp.queue)
        try await bench.clean()
        return Double(used) / Double(jobs) - Double(sample.envelope.payload.count)
    }
}
