import Synchronization

/// A few threads for work that blocks or computes for long, with a bounded queue before them.
public final class ThreadPool: Sendable {
    /// The queue is full: the work was not taken.
    public struct Full: Error, CustomStringConvertible {
        public let pool: String
        public var description: String { "thread pool \(pool) is full" }
    }

    /// The pool was stopped before the work began.
    public struct Stopped: Error {
        public init() {}
    }

    private struct Work: Sendable {
        let run: @Sendable () -> Void
        let refuse: @Sendable () -> Void
    }

    private struct Queue: ~Copyable {
        var waiting: [Work] = []
        var next = 0
        var isStopped = false

        var count: Int { waiting.count - next }

        mutating func take() -> Work? {
            guard next < waiting.count else { return nil }
            defer { compact() }
            next += 1
            return waiting[next - 1]
        }

        private mutating func compact() {
            guard next == waiting.count || next > 256 else { return }
            waiting.removeFirst(next)
            next = 0
        }
    }

    public let name: String
    private let queueLimit: Int
    private let threads: Int
    private let queue = Mutex(Queue())
    private let available = Semaphore()
    private let meters: Meters?

    private struct Meters: Sendable {
        let waiting: Gauge
        let busy: Gauge
        let refused: Counter
    }

    /// The threads start at once and are few: they are for what would hold a loop, not for waiting.
    public init(name: String, threads: Int, queueLimit: Int = 1024, metrics: MetricsRegistry? = nil) {
        self.name = name
        self.threads = threads
        self.queueLimit = queueLimit
        meters = metrics.map { Self.meters(of: name, threads, $0) }
        for index in 0..<threads { Thread.start(name: "\(name)-\(index)") { [self] in work() } }
    }

    private static func meters(of name: String, _ threads: Int, _ metrics: MetricsRegistry) -> Meters {
        metrics.gauges("thread_pool_threads", "Threads for what blocks or takes long.", labels: ["pool"])
            .with(name).add(Double(threads))
        return Meters(
            waiting: metrics.gauges("thread_pool_waiting", "Work that waits for a thread.", labels: ["pool"]).with(
                name),
            busy: metrics.gauges("thread_pool_busy_threads", "Threads at work.", labels: ["pool"]).with(name),
            refused: metrics.counters(
                "thread_pool_refused_total", "Work that was not taken, for too much waited.", labels: ["pool"]
            ).with(name))
    }

    public var queued: Int { queue.withLock { $0.count } }

    /// Runs `work` on one of the threads; the caller goes on where it was.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            do {
                try submit(
                    { continuation.resume(with: Result { try work() }) },
                    orElse: { continuation.resume(throwing: Stopped()) })
            } catch { continuation.resume(throwing: error) }
        }
    }

    /// Queues `work`, or throws at once. `refused` is called instead when the pool stops before the work began.
    public func submit(_ work: @escaping @Sendable () -> Void, orElse refused: @escaping @Sendable () -> Void) throws {
        try queue.withLock { queue in
            if queue.isStopped { throw Stopped() }
            if queue.count >= queueLimit {
                meters?.refused.add()
                throw Full(pool: name)
            }
            queue.waiting.append(Work(run: work, refuse: refused))
        }
        meters?.waiting.add()
        available.signal()
    }

    /// Refuses what is queued; what runs is finished.
    public func stop() {
        let refused = queue.withLock { queue in
            queue.isStopped = true
            var refused: [Work] = []
            while let work = queue.take() { refused.append(work) }
            return refused
        }
        for work in refused {
            meters?.waiting.subtract()
            work.refuse()
        }
        for _ in 0..<threads { available.signal() }
    }

    private func work() {
        while true {
            available.wait()
            let (next, isStopped) = queue.withLock { ($0.take(), $0.isStopped) }
            if let next { perform(next) } else if isStopped { return }
        }
    }

    private func perform(_ work: Work) {
        meters?.waiting.subtract()
        meters?.busy.add()
        work.run()
        meters?.busy.subtract()
    }
}
