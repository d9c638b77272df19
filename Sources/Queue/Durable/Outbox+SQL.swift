import Postgres
import Runtime

/// The statements on the outbox.
enum Outbox {
    /// Writes rows, those that need not wait as pushed already, which holds as long as `writer` lives. False when that
    /// writer is gone, and nothing was written. The lock keeps the relay from declaring it dead before we commit.
    static func insert(_ rows: [OutboxRow], writer: Int32, on sql: some SQLRunner) async throws -> Bool {
        let columns = OutboxColumns(rows, mayBePushed: true)
        let written = try await sql.run(
            """
            insert into outbox (\(literally: OutboxColumns.names), writer)
            select \(columns.values), w.id
            from \(columns.unnested)
            cross join (select id from outbox_writers where id = \(writer) for key share) w
            """)
        return written > 0
    }

    /// Writes rows that the relay will push; a row that is there already stays as it is.
    /// With a delay, the caller has that long to push them itself. With `rings`, relays are told at the commit.
    static func insertForRelay(
        _ rows: [OutboxRow], delay: Duration = .zero, rings: Bool = false, on sql: some SQLRunner
    ) async throws {
        guard !rows.isEmpty else { return }
        if rings { try await sql.run("select pg_notify(\(RelayBell.channel), '')") }
        let columns = OutboxColumns(rows, mayBePushed: false, delay: delay)
        try await sql.run(
            """
            insert into outbox (\(literally: OutboxColumns.names))
            select \(columns.values)
            from \(columns.unnested)
            on conflict (id) do nothing
            """)
    }

    /// Leaves jobs to the relay, because pushing them failed or because they have to wait for others.
    static func holdBack(_ ids: [JobID], for delay: Duration = .zero, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update outbox
            set push_at = greatest(push_at, now() + \(delay))
            where id = any (\(ids))
            """)
    }

    static func markPushed(_ ids: [JobID], on sql: some SQLRunner) async throws {
        try await sql.run("update outbox set push_at = null where id = any (\(ids)) and push_at is not null")
    }

    /// What has to be in Redis soon and is not; nobody else gets these rows until the transaction ends.
    static func due(limit: Int, on transaction: Transaction) async throws -> [StoredJob] {
        try await transaction.all(
            """
            select \(literally: storedColumns)
            from outbox
            where push_at <= now()
            order by push_at
            limit \(limit)
            for update skip locked
            """)
    }

    /// A page of what should be in Redis, by id.
    static func pushed(
        in queue: String, after id: JobID?, before end: JobID? = nil, limit: Int, on sql: some SQLRunner
    ) async throws -> [StoredJob] {
        try await sql.all(
            """
            select \(literally: storedColumns)
            from outbox
            where queue = \(queue) and push_at is null and id > coalesce(\(id), '00000000-0000-0000-0000-000000000000'::uuid)
                and id < coalesce(\(end), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            order by id
            limit \(limit)
            """)
    }

    /// Ends jobs, and answers what is to be pushed now. See the function.
    static func finish(
        _ ids: [JobID], as outcome: FinishOutcome, on sql: some SQLRunner
    ) async throws -> [StoredJob] {
        try await sql.all("select \(literally: storedColumns) from finish_jobs(\(ids), \(outcome))")
    }

    /// Takes one job's row in a handler's own transaction; nil when it is gone.
    static func claim(_ id: JobID, on transaction: Transaction) async throws -> (batch: BatchID?, chain: ChainID?)? {
        try await transaction.first("delete from outbox where id = \(id) returning batch_id, chain_id")
            .map { (row: (BatchID?, ChainID?)) in (batch: row.0, chain: row.1) }
    }

    static func advance(_ chain: ChainID, after step: JobID, on sql: some SQLRunner) async throws -> [StoredJob] {
        try await sql.all(
            "select \(literally: storedColumns) from advance_chain(\(chain), \(step), \(FinishOutcome.done))")
    }

    static func settle(_ batch: BatchID, on sql: some SQLRunner) async throws -> [StoredJob] {
        try await sql.all("select \(literally: storedColumns) from settle_touched_batch(\(batch))")
    }

    static func sweepBatches(on sql: some SQLRunner) async throws -> [StoredJob] {
        try await sql.all("select \(literally: storedColumns) from sweep_batches()")
    }

    static var storedColumns: StaticString { "id, queue, style, envelope, claim, run_at, writer" }
}

/// Rows turned into columns, for one statement that writes them all.
private struct OutboxColumns {
    static var names: StaticString {
        "id, queue, style, kind, envelope, payload, claim, run_at, push_at, batch_id, chain_id"
    }
    let values: SQL
    let unnested: SQL

    init(_ rows: [OutboxRow], mayBePushed: Bool, delay: Duration = .zero) {
        values = """
            j.id, j.queue, j.style, j.kind, j.envelope, j.payload, j.claim, j.run_at,
            case when j.waits then greatest(now() + \(delay), j.run_at - \(OutboxRow.horizon)) end, j.batch_id, j.chain_id
            """
        let now = Timestamp.now
        unnested = """
            unnest(
                \(rows.map(\.job.id)), \(rows.map(\.job.queue.name)), \(rows.map(\.job.queue.style.sql)),
                \(rows.map(\.job.envelope.kind)), \(rows.map(\.job.envelope.encoded)), \(rows.map(\.payload)),
                \(rows.map { $0.job.unique?.claim }), \(rows.map(\.job.runAt)),
                \(rows.map { !mayBePushed || $0.isFarAhead(at: now) }), \(rows.map(\.batch)), \(rows.map(\.chain))
            ) as j (id, queue, style, kind, envelope, payload, claim, run_at, waits, batch_id, chain_id)
            """
    }
}
