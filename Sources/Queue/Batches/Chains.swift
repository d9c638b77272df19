import Postgres
import Runtime

/// How a chain stands.
package struct ChainStatus: Sendable, RowDecodable {
    package let id: ChainID
    package let description: String
    package let createdAt: Timestamp
    package let completedAt: Timestamp?
    /// Set while a step that did not succeed holds it up.
    package let stoppedAt: Timestamp?
    package let stoppedBy: JobID?
    package let stoppedOutcome: String?
    /// The step that waits or runs.
    package let current: JobID?
    package let stepsAhead: Int

    package init(row: Row) throws(RowError) {
        id = try row["id"]
        description = try row["description"]
        createdAt = try row["created_at"]
        completedAt = try row["completed_at"]
        stoppedAt = try row["stopped_at"]
        stoppedBy = try row["stopped_by"]
        stoppedOutcome = try row["stopped_outcome"]
        current = try row["current"]
        stepsAhead = try row["steps_ahead"]
    }
}

extension JobTransaction {
    /// Enqueues jobs that run one after the other, each when the one before it is done. A dead step stops the chain, and
    /// its retry goes on with it.
    @discardableResult
    package func enqueueChain(_ description: String, _ steps: [PreparedJob]) async throws -> ChainID {
        let id = ChainID.new()
        guard let first = steps.first else {
            throw QueueError.invalid(part: "chain", reason: "has no steps")
        }
        try OutboxRow.checkMayWait(steps.dropFirst())
        try await run("insert into chains (id, description) values (\(id), \(description))")
        let later = steps.dropFirst().map { OutboxRow($0) }
        try await run(
            """
            insert into chain_steps (chain_id, position, id, queue, style, kind, envelope, payload)
            select \(id), s.position, s.id, s.queue, s.style, s.kind, s.envelope, s.payload
            from unnest(
                \(later.map(\.job.id)), \(later.map(\.job.queue.name)), \(later.map(\.job.queue.style.sql)),
                \(later.map(\.job.envelope.kind)), \(later.map(\.job.envelope.encoded)), \(later.map(\.payload))
            ) with ordinality as s (id, queue, style, kind, envelope, payload, position)
            """)
        gather([OutboxRow(first, chain: id)])
        return id
    }
}

extension DurableQueue {
    @discardableResult
    package func enqueueChain(_ description: String, _ steps: [PreparedJob]) async throws -> ChainID {
        try await transaction { try await $0.enqueueChain(description, steps) }
    }
}

/// What is known of chains.
package struct Chains: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    private static var columns: SQL {
        """
        c.id, c.description, c.created_at, c.completed_at, c.stopped_at, c.stopped_by, c.stopped_outcome,
        (select o.id from outbox o where o.chain_id = c.id limit 1) as current,
        (select count(*) from chain_steps s where s.chain_id = c.id) as steps_ahead
        """
    }

    package func find(_ id: ChainID) async throws -> ChainStatus? {
        try await database.first("select \(Self.columns) from chains c where c.id = \(id)")
    }

    /// The newest ones, those older than `cursor`.
    package func list(before cursor: ChainID? = nil, limit: Int = 50) async throws -> [ChainStatus] {
        try await database.all(
            """
            select \(Self.columns)
            from chains c
            where c.id < coalesce(\(cursor), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            order by c.id desc
            limit \(limit)
            """)
    }

    /// Removes what ended long ago: completed, or stopped with nobody left who could go on with it. How many these were.
    @discardableResult
    package func prune(endedBefore time: Timestamp) async throws -> Int {
        try await database.run(
            """
            delete from chains
            where id in (
                select c.id from chains c
                where c.created_at < \(time) and (
                    c.completed_at < \(time)
                    or c.stopped_at < \(time) and not exists (
                        select from dead_letters d where d.job_id = c.stopped_by and d.retried_at is null
                    )
                )
                limit 1000
            )
            """)
    }
}
