import Postgres
import Redis
import Runtime

/// What is known of batches, and what operators do with them.
package struct Batches: Sendable {
    let durable: DurableQueue

    package init(_ durable: DurableQueue) { self.durable = durable }

    private static var columns: SQL {
        """
        b.id, b.parent_id, b.description, b.created_at, b.sealed_at, b.completed_at, b.succeeded_at, b.cancelled_at,
        (select coalesce(sum(a.jobs), 0)::bigint from batch_additions a where a.batch_id = b.id) as total,
        (select count(*) from outbox o where o.batch_id = b.id) as pending,
        (select count(*) from batch_failures f where f.batch_id = b.id) as failed,
        (
            select count(*) from batches c
            where c.parent_id = b.id and c.completed_at is null and c.cancelled_at is null
        ) as open_children
        """
    }

    package func find(_ id: BatchID) async throws -> BatchStatus? {
        try await durable.database.first("select \(Self.columns) from batches b where b.id = \(id)")
    }

    /// The newest ones, those older than `cursor`.
    package func list(before cursor: BatchID? = nil, limit: Int = 50) async throws -> [BatchStatus] {
        try await durable.database.all(
            """
            select \(Self.columns)
            from batches b
            where b.id < coalesce(\(cursor), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            order by b.id desc
            limit \(limit)
            """)
    }

    /// Cancels a batch, those within it, and all their jobs; running ones are told. No callback follows. How many jobs
    /// these were.
    @discardableResult
    package func cancel(_ id: BatchID) async throws -> Int {
        let batches: [BatchID] = try await durable.database.all(
            """
            with recursive family as (
                select id from batches where id = \(id)
                union all
                select b.id from batches b join family f on b.parent_id = f.id
            )
            update batches b set cancelled_at = coalesce(b.cancelled_at, now())
            from family f
            where b.id = f.id and b.succeeded_at is null
            returning b.id
            """)
        var count = 0
        for batch in batches { count += try await cancelJobs(of: batch) }
        return count
    }

    private func cancelJobs(of batch: BatchID) async throws -> Int {
        var count = 0
        while true {
            let jobs = try await durable.database.all(
                "select id, queue from outbox where batch_id = \(batch) order by id limit 1000",
                as: (JobID, String).self)
            guard !jobs.isEmpty else { return count }
            count += jobs.count
            try await durable.finish(jobs.map(\.0), as: .cancelled)
            try await durable.cancelInRedis(jobs.compactMap { id, name in QueueName(checking: name).map { (id, $0) } })
        }
    }

    /// Removes what ended long ago. How many batches these were.
    @discardableResult
    package func prune(endedBefore time: Timestamp) async throws -> Int {
        try await durable.database.run(
            """
            delete from batches
            where id in (
                select b.id from batches b
                where b.created_at < \(time) and coalesce(b.completed_at, b.cancelled_at) < \(time)
                    and not exists (select from batches c where c.parent_id = b.id)
                    and not exists (select from outbox o where o.batch_id = b.id)
                order by b.created_at
                limit 1000
            )
            """)
    }
}

extension DurableQueue {
    /// Cancels jobs: their rows go, and whoever has them in Redis or runs them is told. Only those that were not yet
    /// taken are sure never to run.
    package func cancel(_ jobs: [(id: JobID, queue: QueueName)]) async throws {
        try await finish(jobs.map(\.id), as: .cancelled)
        try await cancelInRedis(jobs)
    }

    func cancelInRedis(_ jobs: [(id: JobID, queue: QueueName)]) async throws {
        for start in stride(from: 0, to: jobs.count, by: 64) {
            try await withThrowingTaskGroup { group in
                for (id, queue) in jobs[start..<min(start + 64, jobs.count)] {
                    let base = client.keys(of: queue).base
                    group.addTask { [redis = client.redis] in
                        _ = try await redis.run(CancelScript.script, keys: 1, expecting: 3) { writer in
                            writer.append(base)
                            writer.append(id.bytes)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

extension ID {
    /// As scripts compare it.
    var bytes: [UInt8] {
        withUnsafeBytes(of: uuid.high.bigEndian) { [UInt8]($0) }
            + withUnsafeBytes(of: uuid.low.bigEndian) { [UInt8]($0) }
    }
}
