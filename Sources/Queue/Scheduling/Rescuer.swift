import Redis
import Runtime
import Synchronization

/// Takes back the jobs of workers that are gone, in all queues; also where no other worker is left to do it.
package final class Rescuer: LifecycleComponent {
    package let name = "rescuer"

    private let queues: KnownQueues
    private let client: QueueClient
    private let options: WorkerOptions
    private let loops: LoopGroup
    private let meters: RecoveryMeters
    private let logger: Logger
    private let chores = ChoreBox()
    private let steadiness = Mutex(Steadiness())

    private struct Steadiness {
        var since: BootTime?
        var lastAsked: BootTime?
    }

    /// `options` are those of the workers.
    package init(
        _ queues: KnownQueues, client: QueueClient, options: WorkerOptions = WorkerOptions(), loops: LoopGroup,
        metrics: MetricsRegistry = MetricsRegistry(), logger: Logger
    ) {
        meters = RecoveryMeters(metrics)
        self.queues = queues
        self.client = client
        self.options = options
        self.loops = loops
        self.logger = logger.part("rescuer")
    }

    package func start() async throws {
        let chores = Chores(
            [
                Chore("recover", every: options.beat / 2) {
                    try await self.recoverAll(); return false
                }
            ], loops: loops, clock: SystemClock(), logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async { await chores.take()?.stop() }

    /// When Redis was away all leases look ended: the living need time to renew theirs.
    func recoverAll() async throws {
        guard await isSteady() else { return }
        try await queues.forEach { try await recover($0) }
    }

    /// Whether Redis has answered in time for a whole lease, and we were there to hear it: after a stop of this process
    /// or of the machine, others may not have had time to renew theirs either.
    private func isSteady() async -> Bool {
        let asked = BootTime.now
        let hasAnswered = (try? await client.redis.ping(within: options.beat)) != nil
        return steadiness.withLock { steadiness in
            if let last = steadiness.lastAsked, asked - last > options.lease { steadiness.since = nil }
            steadiness.lastAsked = asked
            guard hasAnswered else {
                steadiness.since = nil
                return false
            }
            let start = steadiness.since ?? asked
            steadiness.since = start
            return BootTime.now - start > options.lease
        }
    }

    private func recover(_ queue: QueueName) async throws {
        let base = client.keys(of: queue).base
        let counts = try await Recovery(redis: client.redis, options: options).reap(base)
        guard counts.incarnations > 0 else { return }
        meters.count(counts, in: queue)
        logger.warning(
            "took back jobs of dead workers",
            [
                "queue": "\(queue)", "workers": .int(counts.incarnations), "ready": .int(counts.ready),
                "suspect": .int(counts.suspects), "dead": .int(counts.dead),
            ])
    }
}
