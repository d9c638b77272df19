import JSON
import Postgres
import Redis
import Runtime

/// What PostgreSQL knows of dead jobs while they are stored.
struct LetterRows: Sendable {
    struct Live: Sendable {
        let payload: [UInt8]?
        let batch: BatchID?
        let chain: ChainID?
    }

    /// The durable ones that have not ended elsewhere.
    var live: [JobID: Live] = [:]
    /// Payloads of volatile ones that were too large for Redis.
    var payloads: [JobID: [UInt8]] = [:]

    static func find(_ letters: [ArchivedLetter], on transaction: Transaction) async throws -> LetterRows {
        var rows = LetterRows()
        let durable = letters.filter(\.isDurable)
        if !durable.isEmpty {
            // A death that is stored already was retried since, if there is a row: that is the next life's.
            let found = try await transaction.all(
                """
                select id, payload, batch_id, chain_id from outbox o
                where id = any (\(durable.map(\.job))) and exists (
                    select from unnest(\(durable.map(\.job)), \(durable.map(\.death))) as l (job_id, death)
                    where l.job_id = o.id
                        and not exists (select from dead_letters d where d.job_id = l.job_id and d.death = l.death)
                )
                order by id
                for update
                """, as: (JobID, [UInt8]?, BatchID?, ChainID?).self)
            for (id, payload, batch, chain) in found {
                rows.live[id] = Live(payload: payload, batch: batch, chain: chain)
            }
        }
        let volatile = letters.filter { !$0.isDurable && $0.hasStoredPayload }.map(\.job)
        if !volatile.isEmpty {
            let found = try await transaction.all(
                "select id, payload from job_payloads where id = any (\(volatile))", as: (JobID, [UInt8]).self)
            for (id, payload) in found { rows.payloads[id] = payload }
        }
        return rows
    }
}

/// Letters turned into columns, for one statement that writes them all.
struct DeadLetterColumns {
    private let letters: [ArchivedLetter]
    private let queue: QueueName
    private let rows: LetterRows

    init(_ letters: [ArchivedLetter], queue: QueueName, rows: LetterRows) {
        self.letters = letters
        self.queue = queue
        self.rows = rows
    }

    func insert(on transaction: Transaction) async throws {
        guard !letters.isEmpty else { return }
        let errors = try letters.map { JSONText(try JSONCoder.text($0.options.errors)) }
        try await transaction.run(
            """
            insert into dead_letters (
                job_id, death, queue, style, kind, job_key, priority, envelope, is_readable, payload, attempts, crashes,
                errors, error_type, last_error, fingerprint, enqueued_at, batch_id, chain_id
            )
            select
                l.job_id, l.death, \(queue.name), \(queue.style.sql), l.kind, l.job_key, l.priority, l.envelope,
                l.is_readable, l.payload, l.attempts, l.crashes, l.errors, l.error_type, l.last_error, l.fingerprint,
                l.enqueued_at, l.batch_id, l.chain_id
            from \(unnested(errors))
            on conflict (job_id, death) do nothing
            """)
    }

    private func unnested(_ errors: [JSONText]) -> SQL {
        """
        unnest(
            \(letters.map(\.job)), \(letters.map(\.death)), \(letters.map(\.kind.storable)),
            \(letters.map(\.envelope?.key?.storable)),
            \(letters.map { Int16($0.envelope?.priority.rawValue ?? 1) }), \(letters.map { $0.bytes.toArray() }),
            \(letters.map { $0.envelope != nil }), \(letters.map { rows.live[$0.job]?.payload ?? rows.payloads[$0.job] }),
            \(letters.map { Int16($0.envelope?.attempts ?? 0) }), \(letters.map { Int16($0.envelope?.crashes ?? 0) }),
            \(errors), \(letters.map(\.errorType)), \(letters.map(\.lastError)), \(letters.map(\.fingerprint)),
            \(letters.map(\.enqueuedAt)), \(letters.map { rows.live[$0.job]?.batch }),
            \(letters.map { rows.live[$0.job]?.chain })
        ) as l (
            job_id, death, kind, job_key, priority, envelope, is_readable, payload, attempts, crashes, errors,
            error_type, last_error, fingerprint, enqueued_at, batch_id, chain_id
        )
        """
    }
}
