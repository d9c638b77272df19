import Queue
import Redis
import Runtime
import Synchronization

/// How long a job waits that finds its worker asleep.
package struct Latency: Sendable {
    package let p50: Duration
    package let p99: Duration

    /// Enqueued by a task of a loop, as a request handler is.
    package static func whenIdle(jobs: Int, on bench: Yardstick) async throws -> Latency {
        try await bench.onLoop { try await measure(jobs, on: bench) }
    }

    private static func measure(_ jobs: Int, on bench: Yardstick) async throws -> Latency {
        try await bench.clean()
        let started = Mutex<MonotonicTime?>(nil)
        return try await bench.withWorker(
            [AnyHandler(StampingHandler { started.withLock { $0 = .now } })]
        ) { worker in
            try await worker.start()
            var waits: [Duration] = []
            for number in 0..<jobs {
                // Long enough for the worker to fall asleep again, and not in step with anything.
                try await SystemClock().sleep(for: .milliseconds(10 + number % 7 * 3))
                started.withLock { $0 = nil }
                let sent = MonotonicTime.now
                try await bench.queue.enqueue(NoOp(number: number))
                waits.append(try await bench.until { started.withLock { $0 } } - sent)
            }
            return Latency(waits)
        }
    }

    init(_ waits: [Duration]) {
        let sorted = waits.sorted()
        p50 = sorted[sorted.count / 2]
        p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    }
}

/// Says when it ran.
struct StampingHandler: JobHandler {
    let stamp: @Sendable () -> Void

    init(_ stamp: @escaping @Sendable () -> Void) { self.stamp = stamp }

    /// Only notes the time.
    func handle(_ job: NoOp, _ context: JobContext) async throws { stamp() }
}
