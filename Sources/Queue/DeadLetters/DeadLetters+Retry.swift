import Postgres
import Redis
import Runtime

/// Giving dead jobs another chance.
extension DeadLetters {
    /// Puts jobs back into their queues as durable ones, their attempts and crashes forgotten, and marks their letters,
    /// all in one transaction. Those that were retried before, or cannot be read, stay. How many were put back.
    @discardableResult
    package func retry(_ ids: [Int64]) async throws -> Int {
        let rows = try await database.transaction { transaction in
            let letters: [RetriedLetter] = try await transaction.all(
                """
                select id, queue, style, envelope, payload, batch_id, chain_id
                from dead_letters
                where id = any (\(ids)) and retried_at is null and is_readable
                order by id
                for update
                """)
            let rows = try await reopen(letters, on: transaction)
            try await Outbox.insertForRelay(rows, delay: .seconds(5), on: transaction)
            try await transaction.run(
                "update dead_letters set retried_at = now() where id = any (\(letters.map(\.id)))")
            return rows
        }
        durable.pusher.deliver(Pusher.Delivery(jobs: rows.map(\.job), isHeldBack: true))
        return rows.count
    }

    /// Batches wait for them again, and chains go on after them.
    private func reopen(_ letters: [RetriedLetter], on transaction: Transaction) async throws -> [OutboxRow] {
        var rows = letters.compactMap(\.row)
        let chained = rows.filter { $0.chain != nil }
        if !chained.isEmpty {
            try await transaction.run(
                """
                update chains set stopped_at = null, stopped_by = null, stopped_outcome = null
                where id = any (\(chained.compactMap(\.chain))) and stopped_by = any (\(chained.map(\.job.id)))
                """)
        }
        let members = rows.filter { $0.batch != nil }
        guard !members.isEmpty else { return rows }
        try await transaction.run(
            """
            delete from batch_failures
            where batch_id = any (\(members.compactMap(\.batch))) and job_id = any (\(members.map(\.job.id)))
            """)
        let live: [BatchID] = try await transaction.all(
            """
            select id from batches
            where id = any (\(members.compactMap(\.batch))) and cancelled_at is null
            order by id
            for key share
            """)
        for place in rows.indices where rows[place].batch.map({ !live.contains($0) }) ?? false {
            rows[place].batch = nil
        }
        return rows
    }
}

/// What a retry needs of a letter.
private struct RetriedLetter: RowDecodable {
    let id: Int64
    let row: OutboxRow?

    init(row: Row) throws(RowError) {
        id = try row["id"]
        let queue = QueueName(checking: try row["queue"], QueueName.Style(sql: try row["style"]))
        let payload: [UInt8]? = try row["payload"]
        let (batch, chain): (BatchID?, ChainID?) = (try row["batch_id"], try row["chain_id"])
        guard let queue, let view = EnvelopeView(RedisBytes(try row["envelope"] as [UInt8])) else {
            self.row = nil
            return
        }
        var envelope = Envelope(view)
        if let payload { envelope.payload = payload }
        envelope.startAfresh()
        self.row = OutboxRow(
            PreparedJob(queue: queue, envelope: envelope, unique: envelope.uniqueness), batch: batch, chain: chain)
    }
}

extension Envelope {
    /// As if it had never been tried; only its deaths are counted on.
    fileprivate mutating func startAfresh() {
        crashes = 0
        interruptions = 0
        attempts = 0
        attributes.remove(.payloadStored)
        options.deaths = options.deaths == .max ? .max : options.deaths + 1
        options.errors = []
        options.leaveParking()
        options.runAt = nil
        options.expiresAt = nil
        // How long that key was to be kept is not known any more.
        if attributes.contains(.uniqueForTime) {
            uniqueDigest = nil
            attributes.remove(.uniqueForTime)
        }
    }

    /// How its unique key is taken, as far as the envelope knows.
    fileprivate var uniqueness: Uniqueness? {
        guard uniqueDigest != nil else { return nil }
        return attributes.contains(.uniqueUntilStarted) ? .untilStarted("") : .untilDone("")
    }
}
