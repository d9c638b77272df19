import Glibc
import Redis
import Runtime

/// A worker: takes jobs of the queues that it has handlers for, runs them on its loops, and ends in order.
package final class Worker: LifecycleComponent {
    package let name: String
    private let sessions: [LoopBound<WorkerSession>]
    private let subscribers: [RedisSubscriber]
    private let heartbeat: Heartbeat
    private let profile: WorkerProfile
    private let logger: Logger

    /// - Parameter onOrder: what to do when an operator wants the process to stop, or when it cannot go on.
    package init(
        handlers: Handlers, queue: QueueClient, durable: (any DurableJobs)? = nil, redis: RedisOptions,
        loops: LoopGroup, options: WorkerOptions = WorkerOptions(), metrics: MetricsRegistry = MetricsRegistry(),
        tracer: Tracer? = nil, logger: Logger, onOrder: @escaping @Sendable (WorkerOrder) -> Void = { _ in }
    ) {
        let name = "\(WorkerProfile.host)-\(getpid())-\(String(Entropy.bits() & 0xFFFF_FFFF, radix: 36))"
        self.name = name
        self.logger = logger
        let leases = LeaseBook()
        let parts = WorkerParts(queue: queue, durable: durable, logger: logger, tracer: tracer)
        metrics.gauge("queue_worker_concurrency", "Jobs that this worker runs at once.").set(options.concurrency)
        let meters = WorkerMeters(metrics)
        var share = options
        share.concurrency = max(1, options.concurrency / loops.loops.count)
        let sessions = loops.loops.map { loop in
            LoopBound(
                WorkerSession(
                    name: "\(name).\(loop.index)", handlers: handlers, parts: parts, redis: redis,
                    options: share, leases: leases, meters: meters, onExhausted: { onOrder(.giveUp) }),
                to: loop)
        }
        self.sessions = sessions
        subscribers = sessions.map { session in
            RedisSubscriber(
                redis, on: session.loop, channels: ["\(queue.prefix)wake:\(name).\(session.loop.index)"]
            ) { event, domain in
                session.value(on: domain).heard(event, on: domain)
            }
        }
        profile = WorkerProfile(
            name: name, prefix: queue.prefix, queues: handlers.queues, options: options
        ) { order in
            if order == .quiet { Self.quiet(sessions) } else { onOrder(order) }
        }
        heartbeat = Heartbeat(redis, leases: leases, options: options, profile: profile, meters: meters, logger: logger)
    }

    /// Returns when every queue is being served.
    package func start() async throws {
        for session in sessions { await begin(session, on: session.loop.domain) }
        heartbeat.start()
        do {
            for session in sessions { try await untilServing(session, on: session.loop.domain) }
        } catch {
            await stop()
            throw error
        }
        let queues = profile.queues.map(\.name).joined(separator: ",")
        logger.info("worker serves", ["worker": .string(name), "queues": .string(queues)])
    }

    /// Drains: no attempt is spent, nothing is left behind.
    package func stop() async {
        profile.setQuiet()
        await withTaskGroup { group in
            for session in sessions { group.addTask { await Self.drain(session, on: session.loop.domain) } }
        }
        for subscriber in subscribers { subscriber.close() }
        await heartbeat.stop()
    }

    /// Takes no more jobs, and goes on with those it has.
    package func quiet() {
        profile.setQuiet()
        Self.quiet(sessions)
    }

    private static func quiet(_ sessions: [LoopBound<WorkerSession>]) {
        for session in sessions { session.loop.execute { session.value(on: $0).quiet(on: $0) } }
    }

    private func begin(_ bound: LoopBound<WorkerSession>, on domain: isolated LoopDomain) {
        let session = bound.value(on: domain)
        session.anchor = bound
        session.watch(on: domain)
        bound.loop.spawn { await Self.stayConnected(bound, on: bound.loop.domain) }
        bound.loop.spawn { await Self.keepReporting(bound, on: bound.loop.domain) }
    }

    private static func stayConnected(_ bound: LoopBound<WorkerSession>, on domain: isolated LoopDomain) async {
        await bound.value(on: domain).stayConnected(on: domain)
    }

    private static func keepReporting(_ bound: LoopBound<WorkerSession>, on domain: isolated LoopDomain) async {
        await bound.value(on: domain).keepReporting(on: domain)
    }

    private static func drain(_ bound: LoopBound<WorkerSession>, on domain: isolated LoopDomain) async {
        await bound.value(on: domain).drain(on: domain)
        await bound.value(on: domain).report(on: domain)
    }

    private func untilServing(_ bound: LoopBound<WorkerSession>, on domain: isolated LoopDomain) async throws {
        let session = bound.value(on: domain)
        for _ in 0..<1500 {
            if session.state != .starting { return }
            try await domain.sleep(for: .milliseconds(10))
        }
        throw RedisError.unreachable(reason: "no queue could be registered within 15 s")
    }
}
