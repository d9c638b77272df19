import Queue
import Redis
import Runtime
import Synchronization

/// How many jobs of a backlog one worker does per second.
package struct Throughput: Sendable {
    package let jobsPerSecond: Double
    package let commandsPerJob: Double
    package let cpuMicrosecondsPerJob: Double

    package static func measure(
        jobs: Int, _ options: JobOptions = JobOptions(), unique: Bool = false, traces: Traces? = nil,
        on bench: Yardstick
    ) async throws -> Throughput {
        try await bench.clean()
        try await fill(jobs, unique: unique, traces, bench)
        let counter = Countdown(jobs)
        let commands = try await bench.commandsProcessed()
        let cpu = CPUTime.ofProcess
        let span = try await bench.withWorker([AnyHandler(CountingHandler(counter: counter))], tracer: traces?.tracer) {
            worker in
            let start = MonotonicTime.now
            try await worker.start()
            await counter.finished()
            try Task.checkCancellation()
            return MonotonicTime.now - start
        }
        let used = CPUTime.ofProcess - cpu
        let processed = try await bench.commandsProcessed() - commands
        return Throughput(
            jobsPerSecond: Double(jobs) / span.inSeconds, commandsPerJob: Double(processed) / Double(jobs),
            cpuMicrosecondsPerJob: Double(used.nanoseconds) / Double(jobs) / 1000)
    }

    private static func fill(_ jobs: Int, unique: Bool, _ traces: Traces?, _ bench: Yardstick) async throws {
        let encoder = bench.queue.encoder
        for start in stride(from: 0, to: jobs, by: 10_000) {
            let prepared = try (start..<min(start + 10_000, jobs)).map { number in
                var job = try encoder.prepare(
                    NoOp(number: number), JobOptions(unique: unique ? .untilDone("\(number)") : nil))
                if let traces { job.envelope.options.trace = .start(sampled: number % traces.oneIn == 0) }
                return job
            }
            try await bench.queue.push(prepared, counting: .enqueued)
        }
    }
}

/// Jobs that carry a trace, as those of requests do; of so many, one is kept.
package struct Traces: Sendable {
    package let oneIn: Int
    /// Nil: nobody is told of those that are kept.
    package let tracer: Tracer?

    package init(oneIn: Int, tracer: Tracer?) {
        self.oneIn = oneIn
        self.tracer = tracer
    }
}

struct CountingHandler: JobHandler {
    let counter: Countdown

    /// Counts; a second run would only count again.
    func handle(_ job: NoOp, _ context: JobContext) async throws { counter.countOne() }
}

/// Lets one task wait until so many things have happened.
final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    init(_ count: Int) { left = Atomic(count) }

    func countOne() {
        if left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 { waiter.withLock { $0.take() }?.resume() }
    }

    /// Or until the task is cancelled.
    func finished() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiter.withLock { $0 = continuation }
                if left.load(ordering: .relaxed) <= 0 || Task.isCancelled { waiter.withLock { $0.take() }?.resume() }
            }
        } onCancel: {
            waiter.withLock { $0.take() }?.resume()
        }
    }
}
