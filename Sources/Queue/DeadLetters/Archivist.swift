import JSON
import Postgres
import Redis
import Runtime

/// Stores dead jobs as letters, within a second: in one transaction with the end of their rows, and only then cut from
/// Redis. Any number of archivists may work at once.
package final class Archivist: LifecycleComponent {
    package let name = "archivist"
    private let durable: DurableQueue
    private let queues: @Sendable () async -> [QueueName]
    private let loops: LoopGroup
    private let clock: any WallClock
    private let logger: Logger
    private let mortalCrashes: Int
    private let chores = ChoreBox()

    private static let page = 200

    /// `mortalCrashes` are those of the recovery.
    package convenience init(
        _ durable: DurableQueue, queues: [QueueName], loops: LoopGroup, mortalCrashes: Int = 5,
        clock: any WallClock = SystemClock(), logger: Logger
    ) {
        self.init(
            durable, queues: { queues }, loops: loops, mortalCrashes: mortalCrashes, clock: clock, logger: logger)
    }

    /// The queues may become more.
    package init(
        _ durable: DurableQueue, queues: @escaping @Sendable () async -> [QueueName], loops: LoopGroup,
        mortalCrashes: Int = 5, clock: any WallClock = SystemClock(), logger: Logger
    ) {
        self.durable = durable
        self.queues = queues
        self.loops = loops
        self.mortalCrashes = mortalCrashes
        self.clock = clock
        self.logger = logger.part("archivist")
    }

    package func start() async throws {
        let chore = Chore("archive", every: .milliseconds(250)) { try await self.archiveAll() }
        let chores = Chores([chore], loops: loops, clock: clock, logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async { await chores.take()?.stop() }

    /// A page of each queue that has any. True when there may be more at once.
    func archiveAll() async throws -> Bool {
        let queues = await queues()
        let keys = queues.map { durable.client.keys(of: $0).dead }
        let lengths = try await durable.client.redis.pipeline { writer in
            for key in keys {
                writer.command("LLEN", expecting: 1)
                writer.append(key)
            }
        }
        var isMore = false
        for (queue, length) in zip(queues, lengths) {
            guard let length = length.int, length > 0 else { continue }
            if try await archive(queue) == Self.page { isMore = true }
        }
        return isMore
    }

    /// Stores the oldest dead jobs of a queue. How many were cut from its list.
    @discardableResult
    package func archive(_ queue: QueueName) async throws -> Int {
        let keys = durable.client.keys(of: queue)
        let (found, next) = try await durable.database.transaction { transaction in
            // The others would do the same work in vain.
            let isMine: Bool = try await transaction.one(
                "select pg_try_advisory_xact_lock(hashtextextended(\(keys.dead), 0))")
            guard isMine else { return (found: [RedisBytes](), next: [StoredJob]()) }
            let found = try await durable.client.redis.call("LRANGE", keys.dead, 0, Self.page - 1).expectArray()
                .compactMap(\.bytes)
            let letters = found.map { ArchivedLetter($0, in: queue, mortalCrashes: mortalCrashes) }
            return (found: found, next: try await store(letters, of: queue, on: transaction))
        }
        durable.pusher.deliverNext(next)
        guard let first = found.first, let last = found.last else { return 0 }
        return try await durable.client.redis.run(TrimDeadScript.script, keys: 1, expecting: 4) { writer in
            writer.append(keys.base)
            writer.append(found.count)
            writer.append(first)
            writer.append(last)
        }.expectInt()
    }

    // MARK: Storing

    private func store(
        _ letters: [ArchivedLetter], of queue: QueueName, on transaction: Transaction
    ) async throws -> [StoredJob] {
        guard !letters.isEmpty else { return [] }
        let rows = try await LetterRows.find(letters, on: transaction)
        // A durable job without a row has ended elsewhere; this was another copy of it.
        let kept = letters.filter { !$0.isDurable || rows.live[$0.job] != nil }
        for letter in kept where letter.envelope == nil {
            logger.error("garbage in a queue is now a dead letter", ["queue": "\(queue)", "job.id": .id(letter.job)])
        }
        try await DeadLetterColumns(kept, queue: queue, rows: rows).insert(on: transaction)
        let volatile = kept.filter { !$0.isDurable && $0.hasStoredPayload }.map(\.job)
        if !volatile.isEmpty { try await transaction.run("delete from job_payloads where id = any (\(volatile))") }
        return try await Outbox.finish(Array(rows.live.keys), as: .dead, on: transaction)
    }
}
