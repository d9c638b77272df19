import Queue
import Redis
import Runtime

/// What all measurements share: a Redis of their own prefix, a producer, workers.
package final class Yardstick: Sendable {
    let loops: LoopGroup
    let redis: RedisClient
    let options: RedisOptions
    let queue: QueueClient
    let logger: Logger

    package init(_ options: RedisOptions, prefix: String, loops: LoopGroup, logger: Logger) {
        self.options = options
        self.loops = loops
        self.logger = logger
        redis = RedisClient(options, on: loops)
        queue = QueueClient(redis: redis, loops: loops, prefix: prefix)
    }

    func worker(_ handlers: [AnyHandler], durable: DurableQueue? = nil, tracer: Tracer? = nil) -> Worker {
        Worker(
            handlers: Handlers(handlers), queue: queue, durable: durable, redis: options, loops: loops,
            metrics: MetricsRegistry(), tracer: tracer, logger: logger)
    }

    /// A worker for the time of a measurement, which is stopped however that ends.
    func withWorker<Value>(
        _ handlers: [AnyHandler], tracer: Tracer? = nil, _ body: (Worker) async throws -> Value
    ) async throws -> Value {
        let worker = worker(handlers, tracer: tracer)
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(worker)) } catch { outcome = .failure(error) }
        await worker.stop()
        return try outcome.get()
    }

    /// Runs on the loop that workers have, as a request handler would, and is cancelled with its caller.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task(executorPreference: loops.loops[0]) { try await body() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Removes every key of the benchmark, but for the sign that it runs.
    package func clean() async throws { try await clean(under: queue.prefix) }

    func clean(under prefix: String) async throws {
        var cursor = "0"
        repeat {
            let answer = try await redis.call("SCAN", cursor, "MATCH", prefix.escapedForMatch + "*", "COUNT", 1000)
                .expectArray()
            cursor = answer[0].string ?? "0"
            let found = answer[1].array?.compactMap(\.string) ?? []
            let keys = found.filter { $0 != Self.sign(under: prefix) }
            guard !keys.isEmpty else { continue }
            _ = try await redis.call { writer in
                writer.command("UNLINK", expecting: keys.count)
                for key in keys { writer.append(key) }
            }
        } while cursor != "0"
    }

    func commandsProcessed() async throws -> Int { try await info("stats", "total_commands_processed") }

    /// What the ready jobs of a queue take, as Redis counts it.
    func memory(of queue: QueueName) async throws -> Int {
        try await redis.call("MEMORY", "USAGE", self.queue.keys(of: queue).ready(.normal), "SAMPLES", 0).expectInt()
    }

    private func info(_ section: String, _ field: String) async throws -> Int {
        let text = try await redis.call("INFO", section).expectString()
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field + ":") }
        return line.flatMap { Int($0.drop { $0 != ":" }.dropFirst()) } ?? 0
    }

    /// Waits for a value that a handler leaves.
    func until<Value>(_ look: () -> Value?) async throws -> Value {
        let end = MonotonicTime.now + .seconds(120)
        while MonotonicTime.now < end {
            if let value = look() { return value }
            try await SystemClock().sleep(for: .microseconds(200))
        }
        throw TimeLimitExceeded(limit: .seconds(120))
    }
}
