import Postgres
import Redis
import Runtime

/// When Redis has lost its memory.
extension Relay {
    /// Pushes all rows of the queues whose epoch is missing in Redis, or is another than the outbox knows.
    /// One that cannot be restored does not keep the others from it.
    func checkEpochs() async throws {
        var failure: (any Error)?
        for queue in try await epochs.changed(besides: queues) {
            do { try await restore(queue) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// The new epoch is noted last: should we die before, all of it is done again, which does no harm.
    @discardableResult
    func restore(_ queue: QueueName) async throws -> Int {
        let restored = try await database.transaction { transaction -> (pushed: Int, isFirst: Bool)? in
            try await transaction.run(
                "insert into queue_epochs (queue, epoch) values (\(queue.name), '') on conflict do nothing")
            // Another relay is at it while it has this lock.
            let known: String? = try await transaction.first(
                "select epoch from queue_epochs where queue = \(queue.name) for update skip locked")
            let epoch = try await epochs.epochInRedis(queue, in: transaction)
            guard let known, known != epoch else { return nil }
            let count = try await pushAll(of: queue, in: transaction)
            try await transaction.run(
                "update queue_epochs set epoch = \(epoch), changed_at = now() where queue = \(queue.name)")
            return (count, known.isEmpty)
        }
        guard let restored else { return 0 }
        if restored.isFirst {
            logger.info("a queue has its first epoch", ["queue": "\(queue)"])
        } else {
            logger.warning("a queue has a new epoch", ["queue": "\(queue)", "jobs.repushed": .int(restored.pushed)])
        }
        return restored.pushed
    }

    private func pushAll(of queue: QueueName, in transaction: Transaction) async throws -> Int {
        var last: JobID?
        var count = 0
        while true {
            let rows = try await Outbox.pushed(in: queue.name, after: last, limit: 1000, on: transaction)
            count += try await pushAgain(rows.compactMap(\.job), on: transaction)
            guard rows.count == 1000 else { return count }
            last = rows.last?.id
        }
    }

    /// Pushes jobs that had been pushed before, no faster than allowed. Waits while the queue takes none.
    func pushAgain(_ jobs: [PreparedJob], on sql: some SQLRunner) async throws -> Int {
        guard !jobs.isEmpty else { return 0 }
        let began = MonotonicTime.now
        let answers = try await untilTaken { try await client.push(jobs, counting: .repushed) }
        let superseded = PushAnswer.superseded(jobs, answers)
        if !superseded.isEmpty { try await Outbox.holdBack(superseded, for: limits.pauseOfDuplicate, on: sql) }
        let pace = Duration.microseconds(Int64(jobs.count) * 1_000_000 / Int64(limits.repushesPerSecond))
        let rest = pace - (MonotonicTime.now - began)
        if rest > .zero { try await Task.sleep(for: rest) }
        return jobs.count
    }

    private func untilTaken<Value>(_ push: () async throws -> Value) async throws -> Value {
        while true {
            do { return try await push() } catch is QueueError { try await Task.sleep(for: limits.pauseOfRefusal) }
        }
    }
}
