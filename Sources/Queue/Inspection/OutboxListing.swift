import Postgres
import Redis
import Runtime

/// A durable job as its row in PostgreSQL tells of it.
package struct OutboxJob: Sendable, RowDecodable {
    package let id: JobID
    package let queue: QueueName
    package let kind: String
    /// Nil when it cannot be read.
    package let envelope: EnvelopeView?
    package let runAt: Timestamp?
    /// When the relay will push it; nil for one that should be in Redis already.
    package let pushAt: Timestamp?
    package let batch: BatchID?
    package let chain: ChainID?

    package init(row: Row) throws(RowError) {
        id = try row["id"]
        kind = try row["kind"]
        queue = QueueName(checking: try row["queue"], QueueName.Style(sql: try row["style"])) ?? QueueName("unknown")
        envelope = EnvelopeView(RedisBytes(try row["envelope"] as [UInt8]))
        runAt = try row["run_at"]
        pushAt = try row["push_at"]
        batch = try row["batch_id"]
        chain = try row["chain_id"]
    }
}

/// The rows of durable jobs: the only place of those that are due later.
package struct OutboxListing: Sendable {
    private let database: Database

    package init(database: Database) { self.database = database }

    private static var columns: SQL {
        "id, queue, style, kind, envelope, run_at, push_at, batch_id, chain_id"
    }

    package func find(_ id: JobID) async throws -> OutboxJob? {
        try await database.first("select \(Self.columns) from outbox where id = \(id)")
    }

    /// Jobs that wait in PostgreSQL, by their time. The cursor is the last job of the page before.
    package func waiting(
        in queue: QueueName, _ filter: JobFilter = JobFilter(), after cursor: (time: Timestamp, id: JobID)? = nil,
        limit: Int = 50
    ) async throws -> [OutboxJob] {
        let time = cursor?.time ?? Timestamp(microseconds: 0)
        let id = cursor?.id ?? JobID(UUID(high: 0, low: 0))
        let rows: [OutboxJob] = try await database.all(
            """
            select \(Self.columns)
            from outbox
            where push_at is not null and queue = \(queue.name) and (push_at, id) > (\(time), \(id))
                and kind = coalesce(\(filter.kind), kind)
            order by push_at, id
            limit \(limit)
            """)
        return rows.filter { row in filter.key == nil || row.envelope?.key == filter.key }
    }

    /// Moves a job; false when it has no row. What is in Redis has to be moved there as well.
    package func reschedule(_ id: JobID, to time: Timestamp) async throws -> Bool {
        try await database.run(
            """
            update outbox set run_at = \(time), push_at = case when push_at is null then null else \(time) end
            where id = \(id)
            """) > 0
    }

    /// How many letters wait, by queue.
    package func deadByQueue() async throws -> [String: Int] {
        let rows = try await database.all(
            "select queue, sum(waiting)::bigint from dead_letter_groups group by queue", as: (String, Int).self)
        return Dictionary(rows, uniquingKeysWith: +)
    }
}
