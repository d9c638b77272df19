import Postgres
import Redis
import Runtime

/// Removes what has grown old.
package final class Pruner: LifecycleComponent {
    package let name = "pruner"

    private let queues: KnownQueues
    private let durable: DurableQueue
    private let retention: Retention
    private let loops: LoopGroup
    private let logger: Logger
    private let chores = ChoreBox()

    /// How long things are kept.
    package struct Retention: Sendable {
        package var occurrences = Duration.days(90)
        package var payloads = Duration.days(1)
        package var wishesToCancel = Duration.days(1)
        package var letters = DeadLetterRetention()
        /// Batches and chains that have ended.
        package var batches = Duration.days(30)
        /// Between the two looks at a unique key, or a place of a key, without a job.
        package var secondLook = Duration.seconds(5)

        package init() {}
    }

    package init(
        _ queues: KnownQueues, durable: DurableQueue, retention: Retention = Retention(), loops: LoopGroup,
        logger: Logger
    ) {
        self.queues = queues
        self.durable = durable
        self.retention = retention
        self.loops = loops
        self.logger = logger.part("pruner")
    }

    package func start() async throws {
        let chores = Chores(
            [
                chore("wishes", every: .minutes(10)) { try await self.pruneWishes() },
                chore("occurrences", every: .hours(1)) { try await self.pruneOccurrences() },
                chore("payloads", every: .hours(1)) { try await self.prunePayloads() },
                chore("dead letters", every: .hours(1)) {
                    try await self.retention.letters.prune(on: self.durable.database)
                },
                chore("statistics", every: .hours(1)) {
                    try await StatisticsRollUp(database: self.durable.database, client: self.durable.client).prune()
                        + QueueLevels(database: self.durable.database, client: self.durable.client).prune()
                },
                chore("bulk changes of letters", every: .hours(1)) {
                    try await LetterOperations(self.durable.database).prune(endedBefore: .now - .days(30))
                },
                chore("unique keys", every: .hours(1)) { try await self.pruneUniqueKeys() },
                chore("places of keys", every: .hours(1)) { try await self.prunePlacesOfKeys() },
                chore("batches", every: .hours(1)) { try await self.pruneBatches() },
            ], loops: loops, clock: SystemClock(), logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async { await chores.take()?.stop() }

    private func chore(
        _ name: String, every interval: Duration, _ body: @escaping @Sendable () async throws -> Int
    ) -> Chore {
        Chore(name, every: interval) { [logger] in
            let count = try await body()
            if count > 0 { logger.info("pruned", ["what": .string(name), "count": .int(count)]) }
            return false
        }
    }

    // MARK: What is pruned; each answers how much

    func pruneWishes() async throws -> Int {
        var count = 0
        try await queues.forEach { queue in
            let base = durable.client.keys(of: queue).base
            count += try await durable.client.redis.run(PruneScript.script, keys: 1, expecting: 2) { writer in
                writer.append(base)
                writer.append(retention.wishesToCancel.milliseconds)
            }.expectInt()
        }
        return count
    }

    func pruneOccurrences() async throws -> Int {
        let page = 5000
        var count = 0
        while true {
            let gone = try await durable.database.run(
                """
                delete from cron_occurrences
                where ctid = any (array(
                    select ctid from cron_occurrences
                    where recorded_at < now() - \(retention.occurrences)
                    order by recorded_at
                    limit \(page)
                ))
                """)
            count += gone
            guard gone == page else { return count }
        }
    }

    func prunePayloads() async throws -> Int {
        let store = PayloadStore(database: durable.database)
        return try await store.pruneOrphans(
            olderThan: retention.payloads, queues: await queues.all(), client: durable.client,
            secondLook: retention.secondLook)
    }

    func pruneUniqueKeys() async throws -> Int {
        var count = 0
        try await queues.forEach { queue in
            var sweep = UniqueKeySweep(redis: durable.client.redis, keys: durable.client.keys(of: queue))
            sweep.secondLook = retention.secondLook
            count += try await sweep.run()
        }
        return count
    }

    func prunePlacesOfKeys() async throws -> Int {
        var count = 0
        try await queues.forEach { queue in
            guard queue.style != .plain else { return }
            var sweep = KeyPlaceSweep(redis: durable.client.redis, keys: durable.client.keys(of: queue))
            sweep.secondLook = retention.secondLook
            count += try await sweep.run()
        }
        return count
    }

    func pruneBatches() async throws -> Int {
        let end = Timestamp.now - retention.batches
        var count = 0
        while true {
            let gone =
                try await Batches(durable).prune(endedBefore: end)
                + Chains(database: durable.database).prune(endedBefore: end)
            count += gone
            guard gone > 0 else { return count }
        }
    }
}
