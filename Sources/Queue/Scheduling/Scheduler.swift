import Postgres
import Redis
import Runtime

/// What a scheduler process reads.
package struct SchedulerConfig: ConfigGroup {
    package let stores: StoresConfig
    /// That of the workers.
    package let lease: Duration
    package let payloadKeys: PayloadKeys

    package init(from reader: inout ConfigReader) {
        stores = StoresConfig(from: &reader)
        payloadKeys = PayloadKeys(from: &reader)
        lease = reader.read("LEASE_SECONDS", .lease, default: .seconds(12))
    }
}

/// A scheduler process: all that has to happen without anybody asking for it. Any number of them may run.
package enum Scheduler {
    /// The parts in the order of their start.
    package static func parts(
        _ config: SchedulerConfig, _ launch: Launch, crons: [Cron], queues declared: [QueueName] = QueueName.platform,
        tables: [MigrationSet] = [QueueMigrations.all]
    ) -> [any LifecycleComponent] {
        let stores = Stores(config.stores, launch)
        let loops = launch.loops
        let log = launch.log
        let client = QueueClient(
            redis: stores.redis, loops: loops, prefix: stores.redisPrefix,
            encoder: JobEncoder(sealing: config.payloadKeys.keys), payloads: PayloadStore(database: stores.database),
            memory: stores.memory)
        let process = "\(launch.process) on \(WorkerProfile.host)"
        let durable = DurableQueue(database: stores.database, client: client, loops: loops, name: process, logger: log)
        let queues = KnownQueues(declared, durable: durable)
        var options = WorkerOptions()
        options.lease = config.lease
        return [
            stores,
            Tables.part(tables, stores, launch),
            Component("durable jobs", start: { durable.start() }, stop: { await durable.stop() }),
            Relay(durable, queues: declared, loops: loops, logger: log),
            Archivist(
                durable, queues: { await queues.all() }, loops: loops, mortalCrashes: options.mortalCrashes, logger: log
            ),
            LetterCarrier(durable, loops: loops, logger: log),
            Promoter(queues, client: client, loops: loops, logger: log),
            Rescuer(queues, client: client, options: options, loops: loops, metrics: launch.metrics, logger: log),
            Bookkeeper(queues, durable: durable, loops: loops, metrics: launch.metrics, logger: log),
            Chronicler(queues, durable: durable, loops: loops, logger: log),
            Pruner(queues, durable: durable, loops: loops, logger: log),
            CronRunner(
                crons, durable: durable, loops: loops, process: process, metrics: launch.metrics, logger: log),
        ]
    }
}
