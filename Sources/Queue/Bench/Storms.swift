import JSON
import Queue
import Redis
import Runtime
import Synchronization

/// What one job waits for while very many others press.
package enum Storms {
    /// Jobs that all become due in the same second: how long until the last has started, and how long a job waits that
    /// is enqueued in between.
    package static func due(jobs: Int, on bench: Yardstick) async throws -> (all: Duration, another: Duration) {
        try await bench.clean()
        let counter = Countdown(jobs)
        let arrived = Mutex<MonotonicTime?>(nil)
        let worker = bench.worker([
            AnyHandler(
                SplittingHandler(
                    counter: counter, mark: { arrived.withLock { $0 = .now } }))
        ])
        try await worker.start()
        let time = Timestamp.now + .milliseconds(1500 + jobs / 100)
        for start in stride(from: 0, to: jobs, by: 10_000) {
            let numbers = (start..<min(start + 10_000, jobs)).map { NoOp(number: $0) }
            try await bench.queue.enqueueAll(numbers, JobOptions(runAt: time))
        }
        try await SystemClock().sleep(until: time)
        let begun = MonotonicTime.now
        try await bench.queue.enqueue(NoOp(number: -1))
        let another = try await bench.until { arrived.withLock { $0 } } - begun
        await counter.finished()
        let all = MonotonicTime.now - begun
        await worker.stop()
        return (all, another)
    }

    /// One key with a great many jobs: how long the job of another key waits.
    package static func noisyKey(jobs: Int, on bench: Yardstick) async throws -> Duration {
        try await bench.clean()
        let arrived = Mutex<MonotonicTime?>(nil)
        for start in stride(from: 0, to: jobs, by: 10_000) {
            let noise = (start..<min(start + 10_000, jobs)).map { KeyedNoOp(number: $0) }
            try await bench.queue.enqueueAll(noise, JobOptions(key: "noisy"))
        }
        let worker = bench.worker([
            AnyHandler(KeyedHandler { if $0.number < 0 { arrived.withLock { $0 = .now } } })
        ])
        try await worker.start()
        let begun = MonotonicTime.now
        try await bench.queue.enqueue(KeyedNoOp(number: -1), JobOptions(key: "quiet"))
        let wait = try await bench.until { arrived.withLock { $0 } } - begun
        await worker.stop()
        return wait
    }
}

/// Counts the many and marks the one.
struct SplittingHandler: JobHandler {
    let counter: Countdown
    let mark: @Sendable () -> Void

    /// Counts; a second run would only count again.
    func handle(_ job: NoOp, _ context: JobContext) async throws {
        if job.number < 0 { mark() } else { counter.countOne() }
    }
}

struct KeyedNoOp: Job, Codable {
    static let kind = "bench.keyed"
    static let queue = QueueName("bench-keyed", .keyed)
    let number: Int
}

struct KeyedHandler: JobHandler {
    let body: @Sendable (KeyedNoOp) -> Void

    init(_ body: @escaping @Sendable (KeyedNoOp) -> Void) { self.body = body }

    /// Only notes the time.
    func handle(_ job: KeyedNoOp, _ context: JobContext) async throws { body(job) }
}
