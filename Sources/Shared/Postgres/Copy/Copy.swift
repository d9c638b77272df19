extension Lease {
    /// Runs `copy target from stdin` with the rows that `produce` writes; how many there were. When `produce` throws, the
    /// server forgets them all.
    fileprivate func copy(
        into target: StaticString, _ start: (Order.Request) async throws -> Rows,
        _ produce: (CopyWriter) async throws -> Void
    ) async throws -> Int {
        _ = try await start(.copy("copy \(target) from stdin"))
        let writer = CopyWriter(on: self)
        do {
            try await produce(writer)
            try await writer.handOver()
        } catch {
            // The answer to a COPY that was broken off is an error, and the caller's own says more.
            do { _ = try await shard.endCopy(lease: id, failedFor: "the sender broke off") } catch {}
            throw error
        }
        return try await shard.endCopy(lease: id, failedFor: nil).affected
    }
}

extension Database {
    /// Loads rows by `COPY`, the fastest way in: `copy(into: "things (id, name)") { rows in try await rows.row(1, "a") }`.
    /// All of them arrive, or none.
    @discardableResult
    public func copy(
        into target: StaticString, _ produce: (CopyWriter) async throws -> Void
    ) async throws -> Int {
        let lease = try await shard.lease()
        do {
            let count = try await lease.copy(into: target, { try await lease.perform($0) }, produce)
            await lease.giveBack()
            return count
        } catch {
            await lease.giveBack()
            throw error
        }
    }
}

extension Transaction {
    /// Loads rows by `COPY` as a part of this transaction. No other statement may be under way meanwhile.
    @discardableResult
    public func copy(
        into target: StaticString, _ produce: (CopyWriter) async throws -> Void
    ) async throws -> Int {
        try await lease.copy(into: target, { try await perform($0) }, produce)
    }
}
