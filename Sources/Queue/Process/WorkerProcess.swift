import Postgres
import Redis
import Runtime

/// A worker process: what its handlers are made with, and the parts that run them. A worker's `Main` lists its handlers,
/// and the rest is the same for all:
///
///     WorkerProcess.run("worker-email", EmailConfig.self) { config, worker in
///         [
///             AnyHandler(SendVerificationHandler(mail: config.mail, database: worker.database)),
///         ]
///     }
///
/// It stops on SIGTERM and when `yardctl drain` says so, in order and at the cost of no attempt; it ends with a failure,
/// for a fresh process to take its place, when handlers were abandoned too often or a loop does not turn any more.
package struct WorkerProcess: Sendable {
    package let launch: Launch
    package let stores: Stores
    /// To enqueue volatile jobs.
    package let queue: QueueClient
    /// To enqueue jobs with the rows that they are about.
    package let durable: DurableQueue
    private let config: WorkerConfig
    private let usualConcurrency: Int?

    package var database: Database { stores.database }

    package init(_ config: WorkerConfig, _ launch: Launch, usualConcurrency: Int? = nil) {
        self.config = config
        self.usualConcurrency = usualConcurrency
        self.launch = launch
        stores = Stores(config.stores, launch)
        queue = QueueClient(
            redis: stores.redis, loops: launch.loops, prefix: stores.redisPrefix,
            encoder: JobEncoder(sealing: config.payloadKeys.keys), payloads: PayloadStore(database: stores.database),
            memory: stores.memory)
        durable = DurableQueue(
            database: stores.database, client: queue, loops: launch.loops,
            name: "\(launch.process) on \(WorkerProfile.host)", logger: launch.log)
    }

    // MARK: The whole process

    package static func run(
        _ name: String, tables: [MigrationSet] = [QueueMigrations.all],
        health: @escaping Launch.HealthParts = { _ in [] },
        handlers: @escaping @Sendable (WorkerProcess) async throws -> [AnyHandler]
    ) -> Never {
        run(name, NoConfig.self, tables: tables, health: health) { _, worker in try await handlers(worker) }
    }

    /// With settings of its own. `tables` are those that the handlers need; `concurrency` is how many jobs it runs at once
    /// unless it is told.
    package static func run<Own: ConfigGroup>(
        _ name: String, _ own: Own.Type, tables: [MigrationSet] = [QueueMigrations.all], concurrency: Int? = nil,
        health: @escaping Launch.HealthParts = { _ in [] },
        handlers: @escaping @Sendable (Own, WorkerProcess) async throws -> [AnyHandler]
    ) -> Never {
        Launch.run(name, BothConfigs<Own>.self, health: health) { config, launch in
            let worker = WorkerProcess(config.worker, launch, usualConcurrency: concurrency)
            return worker.parts(try await handlers(config.own, worker), tables: tables)
        }
    }

    /// The parts in the order of their start.
    package func parts(
        _ handlers: [AnyHandler], tables: [MigrationSet] = [QueueMigrations.all]
    ) -> [any LifecycleComponent] {
        let durable = durable
        return [
            stores,
            Tables.part(tables, stores, launch),
            Component("durable jobs", start: { durable.start() }, stop: { await durable.stop() }),
            worker(handlers),
        ]
    }

    // MARK: The worker in it

    private func worker(_ handlers: [AnyHandler]) -> Worker {
        let lifecycle = launch.lifecycle
        return Worker(
            handlers: Handlers(handlers).serving(config.queues?.map(\.queue)), queue: queue, durable: durable,
            redis: stores.redisOptions, loops: launch.loops, options: options, metrics: launch.metrics,
            tracer: launch.tracer, logger: launch.log
        ) { order in
            switch order {
            case .quiet: break
            case .stop: lifecycle.stop()
            case .giveUp: lifecycle.fail(WorkerSpent(), in: "worker")
            }
        }
    }

    /// Cancelling and giving back have to be over before the grace period is.
    private var options: WorkerOptions {
        var options = WorkerOptions()
        let grace = launch.config.gracePeriod
        options.lease = config.lease
        options.abandonGrace = min(options.abandonGrace, grace / 5)
        options.drainGrace = max(grace - options.abandonGrace - .seconds(3), grace / 2)
        if let concurrency = config.concurrency ?? usualConcurrency { options.concurrency = concurrency }
        for share in config.queues ?? [] { options.weights[share.queue] = share.weight }
        return options
    }
}

/// A worker process that cannot go on: too many handlers never came back, or a loop does not turn.
package struct WorkerSpent: Error, CustomStringConvertible {
    package let description = "handlers that do not come back hold its places: a fresh process has to take over"
}

/// Of an executable without settings of its own.
private struct NoConfig: ConfigGroup {
    init(from reader: inout ConfigReader) {}
}

private struct BothConfigs<Own: ConfigGroup>: ConfigGroup {
    let worker: WorkerConfig
    let own: Own

    init(from reader: inout ConfigReader) {
        worker = WorkerConfig(from: &reader)
        own = Own(from: &reader)
    }
}
