import Runtime

extension Database {
    /// Runs `body` in a transaction: all of it happens, or nothing. When the server could not keep it apart from
    /// others, or a deadlock chose it, `body` runs again from the start, up to `attempts` times in all; so it must do
    /// nothing but use the transaction.
    @discardableResult
    public func transaction<Value>(
        _ mode: Transaction.Mode = .readCommitted, attempts: Int = 5, _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        // The loop is chosen once: the lease, its statements and its end all belong to it.
        let shard = shard
        for attempt in 1... {
            do {
                return try await once(mode, on: shard, body)
            } catch let error as PostgresError where error.isWorthRetrying && attempt < attempts {
                try await shard.loop.domain.sleep(for: Self.pause(after: attempt))
            }
        }
        preconditionFailure("the last attempt returned or threw")
    }

    /// Runs several statements in one text, as one transaction: demonstration data, a tool's or a test's preparation.
    /// It takes no values, and the text must not come from outside.
    public func run(script: String, within limit: Duration? = nil) async throws {
        let lease = try await shard.lease()
        do {
            _ = try await lease.perform(.script(script), within: limit)
            await lease.giveBack()
        } catch {
            await lease.giveBack()
            throw error
        }
    }

    private func once<Value>(
        _ mode: Transaction.Mode, on shard: Shard, _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        let transaction = Transaction(on: try await shard.lease(), mode: mode)
        do {
            let value = try await body(transaction)
            try await transaction.commit()
            await transaction.lease.giveBack()
            return value
        } catch {
            await transaction.rollBack()
            await transaction.lease.giveBack()
            throw transaction.cause(of: error)
        }
    }

    /// Doubles from 2 ms to 64 ms, by chance up to as much again: those that collided must not meet again.
    private static func pause(after attempt: Int) -> Duration {
        let whole = 2 << min(attempt - 1, 5)
        return .milliseconds(Int.random(in: whole...2 * whole))
    }
}
