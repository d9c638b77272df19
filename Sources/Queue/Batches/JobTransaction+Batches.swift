import Postgres
import Runtime

/// Batches: jobs that belong together. All of it is in PostgreSQL, so it can neither drift nor be lost.
extension JobTransaction {
    /// Begins a batch. It ends once it is sealed and its jobs have ended, so do not forget to seal it.
    package func openBatch(
        _ description: String, within parent: BatchID? = nil, _ callbacks: BatchCallbacks = BatchCallbacks()
    ) async throws -> BatchID {
        if let parent { try await admit(to: parent, from: nil) }
        let id = BatchID.new()
        try await run(
            "insert into batches (id, parent_id, description) values (\(id), \(parent), \(description))")
        try await store(callbacks.onComplete, for: "complete", of: id)
        try await store(callbacks.onSuccess, for: "success", of: id)
        return id
    }

    private func store(_ callback: PreparedJob?, for event: String, of batch: BatchID) async throws {
        guard let callback else { return }
        try OutboxRow.checkMayWait([callback])
        let row = OutboxRow(callback)
        try await run(
            """
            insert into batch_callbacks (batch_id, event, id, queue, style, kind, envelope, payload)
            values (
                \(batch), \(event), \(row.job.id), \(row.job.queue.name), \(row.job.queue.style.sql),
                \(row.job.envelope.kind), \(row.job.envelope.encoded), \(row.payload)
            )
            """)
    }

    /// Adds jobs. To a sealed batch only its own jobs may add while they run: `member` is the one that does.
    @discardableResult
    package func enqueueAll<J: Job>(
        _ jobs: [J], in batch: BatchID, from member: JobID? = nil, _ options: JobOptions = JobOptions()
    ) async throws -> [JobID] {
        try await enqueueAll(try jobs.map { try queue.client.encoder.prepare($0, options) }, in: batch, from: member)
    }

    @discardableResult
    package func enqueueAll(
        _ jobs: [PreparedJob], in batch: BatchID, from member: JobID? = nil
    ) async throws -> [JobID] {
        guard !jobs.isEmpty else { return [] }
        try await admit(to: batch, from: member)
        try await run("insert into batch_additions (batch_id, jobs) values (\(batch), \(jobs.count))")
        gather(jobs.map { OutboxRow($0, batch: batch) })
        return jobs.map(\.id)
    }

    /// From now on only its own jobs may add to the batch. Waits for those who are adding.
    package func seal(_ batch: BatchID) async throws {
        let found = try await first(
            "select cancelled_at from batches where id = \(batch) for update", as: Timestamp?.self)
        guard found != nil else { throw BatchError.unknown(batch) }
        try await writeJobs()
        try await run("update batches set sealed_at = coalesce(sealed_at, now()) where id = \(batch)")
        // It may have been empty, or its jobs were faster.
        add(next: try await Outbox.settle(batch, on: self))
    }

    /// The locks keep the batch from being sealed or completed until we commit.
    private func admit(to batch: BatchID, from member: JobID?) async throws {
        let state = try await first(
            """
            select sealed_at is null, completed_at is not null, cancelled_at is not null
            from batches
            where id = \(batch)
            for key share
            """, as: (Bool, Bool, Bool).self)
        guard let (isOpen, isComplete, isCancelled) = state else { throw BatchError.unknown(batch) }
        if isCancelled { throw BatchError.cancelled(batch) }
        if isOpen || claimedBatch == batch { return }
        guard !isComplete, let member, try await isLive(member, in: batch) else { throw BatchError.closed(batch) }
    }

    private func isLive(_ member: JobID, in batch: BatchID) async throws -> Bool {
        let found: JobID? = try await first(
            "select id from outbox where id = \(member) and batch_id = \(batch) for key share")
        return found != nil
    }
}

extension DurableQueue {
    /// A batch whose jobs are all known now.
    @discardableResult
    package func enqueueBatch<J: Job>(
        _ description: String, _ jobs: [J], within parent: BatchID? = nil,
        _ callbacks: BatchCallbacks = BatchCallbacks(),
        options: JobOptions = JobOptions()
    ) async throws -> BatchID {
        let prepared = try jobs.map { try client.encoder.prepare($0, options) }
        return try await transaction { transaction in
            let batch = try await transaction.openBatch(description, within: parent, callbacks)
            try await transaction.enqueueAll(prepared, in: batch)
            try await transaction.seal(batch)
            return batch
        }
    }
}
