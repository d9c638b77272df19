import Postgres
import Runtime

/// Durable jobs: written into the outbox with the rows that they are about, pushed to Redis after the commit, and kept in
/// the outbox until they have ended.
package final class DurableQueue: Sendable {
    package let database: Database
    package let client: QueueClient
    let pusher: Pusher
    private let bell: RelayBell
    private let writer: OutboxWriter
    private let inserts: GroupedInsert
    private let chores: Chores

    /// `name` shows who writes: host and process.
    package init(database: Database, client: QueueClient, loops: LoopGroup, name: String, logger: Logger) {
        self.database = database
        self.client = client
        let pusher = Pusher(client: client, database: database, loops: loops, logger: logger.part("outbox"))
        let writer = OutboxWriter(name: name, database: database, unpushed: pusher.unpushed)
        let bell = RelayBell()
        self.pusher = pusher
        self.writer = writer
        self.bell = bell
        inserts = GroupedInsert(loops: loops) { rows in
            let written = try await Self.write(rows, on: database, writer, pusher, bell)
            if let written { pusher.deliver(Pusher.Delivery(jobs: written.jobs, ticket: written.ticket)) }
        }
        chores = Chores(
            [
                Chore("writer", every: OutboxWriter.beat) {
                    try await writer.renew(); return false
                }
            ], loops: loops,
            clock: SystemClock(), logger: logger.part("outbox"))
    }

    // MARK: Enqueueing

    /// Runs `body` in a transaction in which jobs can be enqueued. See `Database.transaction`.
    package func transaction<Value>(
        _ mode: Transaction.Mode = .readCommitted, attempts: Int = 5, _ body: (JobTransaction) async throws -> Value
    ) async throws -> Value {
        try await run(mode, attempts) { transaction in
            JobTransaction(transaction, queue: self)
        } body: {
            try await body($0)
        }.value
    }

    /// Enqueues one job that goes with no other change. Concurrent callers share a statement.
    @discardableResult
    package func enqueue<J: Job>(_ job: J, _ options: JobOptions = JobOptions()) async throws -> JobID {
        try await enqueue(try client.encoder.prepare(job, options))
    }

    @discardableResult
    package func enqueue(_ job: PreparedJob) async throws -> JobID {
        try await inserts.insert([OutboxRow(job)])
        return job.id
    }

    @discardableResult
    package func enqueueAll<J: Job>(_ jobs: [J], _ options: JobOptions = JobOptions()) async throws -> [JobID] {
        let rows = try jobs.map { OutboxRow(try client.encoder.prepare($0, options)) }
        for start in stride(from: 0, to: rows.count, by: 1000) {
            try await inserts.insert(Array(rows[start..<min(start + 1000, rows.count)]))
        }
        return rows.map(\.job.id)
    }

    // MARK: Ending

    /// Ends jobs: before their settlement in Redis. What is gone already changes nothing.
    package func finish(_ ids: [JobID], as ending: Ending) async throws {
        guard !ids.isEmpty else { return }
        pusher.deliverNext(try await Outbox.finish(ids, as: FinishOutcome(ending), on: database))
    }

    /// Runs a handler's own changes and the end of its job in one transaction. Throws `JobAlreadyFinished`, and changes
    /// nothing, when someone else was first.
    package func transaction<Value>(
        finishing job: JobID, _ mode: Transaction.Mode = .readCommitted, _ body: (JobTransaction) async throws -> Value
    ) async throws -> Value {
        let (value, claim) = try await run(mode, 5) { transaction in
            guard let claim = try await Outbox.claim(job, on: transaction) else { throw JobAlreadyFinished(job: job) }
            let next = try await claim.chain.asyncMap { try await Outbox.advance($0, after: job, on: transaction) }
            return JobTransaction(transaction, queue: self, claimedBatch: claim.batch, next: next ?? [])
        } body: {
            try await body($0)
        }
        if let batch = claim.claimedBatch {
            // Not in the transaction, which would hold up the whole batch. If we die here, the sweep finds it.
            do { pusher.deliverNext(try await Outbox.settle(batch, on: database)) } catch {}
        }
        return value
    }

    // MARK: Lifecycle

    package func start() { chores.start() }

    /// Waits until all that was committed here before is in Redis, or left to the relay.
    package func untilPushed() async { await pusher.untilIdle() }

    /// Pushes what is left and signs off.
    package func stop() async {
        await untilPushed()
        await chores.stop()
        do { try await writer.signOff() } catch {}
    }

    // MARK: Writing

    private func run<Value>(
        _ mode: Transaction.Mode, _ attempts: Int, begin: (Transaction) async throws -> JobTransaction,
        body: (JobTransaction) async throws -> Value
    ) async throws -> (value: Value, transaction: JobTransaction) {
        var last: JobTransaction?
        do {
            let value = try await database.transaction(mode, attempts: attempts) { transaction in
                if let earlier = last { giveUp(earlier, isOpen: false) }
                let jobs = try await begin(transaction)
                last = jobs
                let value = try await body(jobs)
                try await jobs.writeJobs()
                return value
            }
            guard let last else { preconditionFailure("the body has run") }
            for written in last.takeWritten() {
                pusher.deliver(Pusher.Delivery(jobs: written.jobs, ticket: written.ticket))
            }
            pusher.deliverNext(last.takeNext())
            return (value, last)
        } catch {
            if let last { giveUp(last, isOpen: Self.mayHaveCommitted(error)) }
            throw error
        }
    }

    /// A transaction that did not commit. If nobody knows, the relay takes over what this process wrote.
    private func giveUp(_ transaction: JobTransaction, isOpen: Bool) {
        for written in transaction.takeWritten() {
            if isOpen { writer.abandon(written.writer) }
            pusher.unpushed.close([written.ticket])
        }
    }

    private static func mayHaveCommitted(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return false }
        return error.kind == .connectionLost || error.kind == .timeout
    }

    /// Writes rows within a transaction. Nil when the relay has to push them.
    func write(_ rows: [OutboxRow], on sql: some SQLRunner) async throws -> JobTransaction.Written? {
        try await Self.write(rows, on: sql, writer, pusher, bell)
    }

    private static func write(
        _ rows: [OutboxRow], on sql: some SQLRunner, _ writer: OutboxWriter, _ pusher: Pusher, _ bell: RelayBell
    ) async throws -> JobTransaction.Written? {
        guard !rows.isEmpty else { return nil }
        let oldest = UUID.first(at: .now - OutboxWriter.clockMargin / 2)
        guard !pusher.isCongested, rows.allSatisfy({ $0.job.id.uuid > oldest }) else {
            try await Outbox.insertForRelay(rows, rings: bell.rings(), on: sql)
            return nil
        }
        let id = try await writer.identity()
        let ticket = pusher.unpushed.open(rows)
        do {
            if try await Outbox.insert(rows, writer: id, on: sql) {
                let now = Timestamp.now
                let jobs = rows.lazy.filter { !$0.isFarAhead(at: now) }.map(\.job)
                return JobTransaction.Written(jobs: Array(jobs), writer: id, ticket: ticket)
            }
        } catch {
            if mayHaveCommitted(error) { writer.abandon(id) }
            pusher.unpushed.close([ticket])
            throw error
        }
        writer.abandon(id)
        pusher.unpushed.close([ticket])
        try await Outbox.insertForRelay(rows, rings: bell.rings(), on: sql)
        return nil
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        switch self {
        case .some(let value): try await transform(value)
        case .none: nil
        }
    }
}

extension DurableQueue: DurableJobs {
    package func payloads(of jobs: [EnvelopeView]) async throws -> [JobID: [UInt8]] {
        try await PayloadStore(database: database).load(jobs.map(\.id))
    }

    package func found(_ queue: QueueName) async throws { try await pusher.epochs.epochInRedis(queue) }

    package func forgetPayloads(of ids: [JobID]) async throws {
        try await PayloadStore(database: database).delete(ids)
    }
}
