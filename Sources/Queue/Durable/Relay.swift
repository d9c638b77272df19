import Postgres
import Redis
import Runtime
import Synchronization

/// Brings into Redis what should be there and is not: jobs that became due, that could not be pushed, whose writer died,
/// or that Redis has lost. Any number of relays may work at once.
package final class Relay: LifecycleComponent {
    package let name = "relay"
    let database: Database
    let client: QueueClient
    let queues: [QueueName]
    let epochs: EpochKeeper
    let pusher: Pusher
    let logger: Logger
    let limits: RelayLimits
    private let loops: LoopGroup
    private let clock: any WallClock
    private let chores = ChoreBox()
    private let complaints = Complaints()
    private let hearing = Mutex<Task<Void, Never>?>(nil)

    /// `queues` are those of the code; what else is found in the outbox is served as well.
    package init(
        _ durable: DurableQueue, queues: [QueueName], loops: LoopGroup, clock: any WallClock = SystemClock(),
        limits: RelayLimits = RelayLimits(), logger: Logger
    ) {
        database = durable.database
        client = durable.client
        pusher = durable.pusher
        epochs = EpochKeeper(client: durable.client, database: durable.database)
        self.queues = queues
        self.loops = loops
        self.clock = clock
        self.limits = limits
        self.logger = logger.part("relay")
    }

    package func start() async throws {
        let chores = Chores(
            [
                Chore("due", every: .seconds(1)) { try await self.pushDue() },
                Chore("writers", every: .seconds(4)) { try await self.takeOverDeadWriters() > 0 },
                Chore("epochs", every: .seconds(1)) {
                    try await self.checkEpochs(); return false
                },
                Chore("batches", every: .seconds(5)) {
                    try await self.sweepBatches(); return false
                },
                Chore("audit", every: limits.auditInterval) {
                    try await self.auditAll(); return false
                },
            ], loops: loops, clock: clock, logger: logger)
        self.chores.put(chores)
        chores.start()
        let heard = database.listen(to: [RelayBell.channel], buffering: 1)
        let hearing = loops.next().spawn { for await _ in heard { self.nudge() } }
        self.hearing.withLock { $0 = hearing }
    }

    package func stop() async {
        hearing.withLock { exchange(&$0, with: nil) }?.cancel()
        await chores.take()?.stop()
    }

    /// There may be something to push now.
    package func nudge() { chores.value?.ring("due") }

    // MARK: Due

    /// Pushes a page of what is due. True when there may be more at once.
    func pushDue() async throws -> Bool {
        try await database.transaction { transaction in
            let rows = try await Outbox.due(limit: limits.page, on: transaction)
            var byQueue: [QueueName: [StoredJob]] = [:]
            for row in rows {
                guard let job = row.job else {
                    logger.error("a row of the outbox cannot be read", ["job.id": .id(row.id)])
                    try await Outbox.holdBack([row.id], for: .hours(1), on: transaction)
                    continue
                }
                byQueue[job.queue, default: []].append(row)
            }
            for (queue, rows) in byQueue { try await pushDue(rows, to: queue, in: transaction) }
            return rows.count == limits.page
        }
    }

    /// A queue that takes nothing only holds up itself.
    private func pushDue(_ rows: [StoredJob], to queue: QueueName, in transaction: Transaction) async throws {
        do {
            await epochs.establish(queue, in: transaction)
            let first = rows.filter { !$0.wasPushed }
            let again = rows.filter(\.wasPushed)
            try await push(first, .enqueued, in: transaction)
            try await push(again, .repushed, in: transaction)
            if let lasted = complaints.end(queue.name) {
                logger.info("a queue takes jobs again", ["queue": "\(queue)", "after": .duration(lasted)])
            }
        } catch let error where error is QueueError || error is RedisError {
            if complaints.isNews(queue.name) {
                logger.warning("a queue takes no jobs", ["queue": "\(queue)", "error": .error(error)])
            }
            try await Outbox.holdBack(rows.map(\.id), for: limits.pauseOfRefusal, on: transaction)
        }
    }

    private func push(_ rows: [StoredJob], _ counter: LedgerCounter, in transaction: Transaction) async throws {
        let jobs = rows.compactMap(\.job)
        guard !jobs.isEmpty else { return }
        let answers = try await client.push(jobs, counting: counter)
        let superseded = PushAnswer.superseded(jobs, answers)
        try await Outbox.markPushed(jobs.map(\.id), on: transaction)
        guard !superseded.isEmpty else { return }
        switch counter {
        case .enqueued: try await finish(superseded, in: transaction)
        // It had its key once and may have given it up by starting, so the other does not stand for it: it waits.
        case .repushed: try await Outbox.holdBack(superseded, for: limits.pauseOfDuplicate, on: transaction)
        }
    }

    /// What follows stays for the next page.
    private func finish(_ superseded: [JobID], in transaction: Transaction) async throws {
        _ = try await Outbox.finish(superseded, as: .duplicate, on: transaction)
    }

    // MARK: Writers

    /// Takes over what writers have left behind that did not renew their rows. One that still has a transaction open
    /// holds a lock on its row, and is left alone until that has ended.
    @discardableResult
    func takeOverDeadWriters() async throws -> Int {
        let count = try await database.transaction { transaction in
            let dead = try await transaction.all(
                """
                select id, name, pushed_before from outbox_writers
                where alive_until < now()
                order by id
                limit 10
                for update skip locked
                """, as: (Int32, String, UUID).self)
            for (id, name, pushedBefore) in dead {
                let taken = try await transaction.run(
                    """
                    update outbox set push_at = now()
                    where push_at is null and writer = \(id) and id >= \(pushedBefore)
                    """, within: .minutes(1))
                try await transaction.run("delete from outbox_writers where id = \(id)")
                logger.info(
                    "took over the jobs of a writer that is gone", ["writer": .string(name), "jobs": .int(taken)])
            }
            return dead.count
        }
        if count > 0 { nudge() }
        return count
    }

    // MARK: Batches

    func sweepBatches() async throws { pusher.deliverNext(try await Outbox.sweepBatches(on: database)) }
}

/// How hard a relay works.
package struct RelayLimits: Sendable {
    /// Rows per statement and push.
    package var page = 500
    /// What Redis has lost comes back at most this fast.
    package var repushesPerSecond = 50_000
    /// How long a queue is left alone that refused jobs.
    package var pauseOfRefusal = Duration.seconds(2)
    /// How long a job waits whose unique key another holds.
    package var pauseOfDuplicate = Duration.seconds(10)
    package var auditInterval = Duration.minutes(10)
    /// Younger rows may be on their way.
    package var auditAge = Duration.minutes(5)
    /// Between the two looks that a row has to be absent in.
    package var auditSecondLook = Duration.seconds(5)

    package init() {}
}
