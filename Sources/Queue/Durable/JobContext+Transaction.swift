import Postgres

extension JobContext {
    /// Runs the handler's changes and the end of its job in one transaction: the effect happens exactly once, however
    /// often the job runs. Whatever comes after it may happen again, or never.
    ///
    /// Of a volatile job it is a transaction like any other.
    package func transaction<Value>(
        _ mode: Transaction.Mode = .readCommitted, _ body: (JobTransaction) async throws -> Value
    ) async throws -> Value {
        guard let durable = run.parts.durable as? DurableQueue else {
            throw JobOutcome.fail("this worker was started without a database")
        }
        // A second transaction of the same run: the row has gone with the first.
        guard run.isDurable, !run.isClaimed else { return try await durable.transaction(mode, body) }
        do {
            let value = try await durable.transaction(finishing: id, mode) { transaction in
                let value = try await body(transaction)
                // Settled as failed meanwhile, so another run will do it.
                if run.isAbandoned { throw CancellationError() }
                return value
            }
            FaultPoint.rowClaimed.pass()
            run.noteClaimed()
            return value
        } catch is JobAlreadyFinished {
            run.noteClaimed()
            throw JobOutcome.discard("it was done before")
        }
    }
}
