import Runtime

/// One loop's pool, as seen from anywhere: every call hops to the loop unless it is there already.
struct Shard: Sendable {
    let pool: LoopBound<Pool>
    /// The defaults for what a caller does not say.
    let config: DatabaseConfig

    var loop: EventLoop { pool.loop }

    /// Has the order carried out, and waits for its answer, or for the end of its time, or of the task.
    func perform(_ order: Order) async throws -> Rows {
        try order.statement?.checkIsSendable()
        return try await perform(order, on: loop.domain)
    }

    func perform(_ order: Order, on domain: isolated LoopDomain) async throws -> Rows {
        let pool = pool.value(on: domain)
        let ticket = pool.nextTicket()
        return try await withTaskCancellationHandler {
            // `domain` has to be captured here, by name: only that keeps this closure on the loop.
            try await withUnsafeThrowingContinuation { continuation in
                guard order.evenCancelled || !Task.isCancelled else {
                    return continuation.resume(throwing: CancellationError())
                }
                let call = Call(order, ticket: ticket, now: domain.now, config: config, for: .task(continuation))
                pool.submit(call, on: domain)
            }
        } onCancel: {
            if !order.evenCancelled { cancel(ticket) }
        }
    }

    /// The same without a task: `handle` gets the outcome in the domain, when what is under way there has ended.
    func perform(
        _ order: Order, on domain: isolated LoopDomain, then handle: @escaping (Result<Rows, any Error>) -> Void
    ) {
        do { try order.statement?.checkIsSendable() } catch { return domain.afterwards { handle(.failure(error)) } }
        let pool = pool.value(on: domain)
        let asker = Asker.handler { outcome in domain.afterwards { handle(outcome) } }
        let call = Call(order, ticket: pool.nextTicket(), now: domain.now, config: config, for: asker)
        pool.submit(call, on: domain)
    }

    private func cancel(_ ticket: UInt64) {
        loop.execute { [pool] domain in pool.value(on: domain).cancel(ticket, on: domain) }
    }

    // MARK: Leases

    func lease() async throws -> Lease { try await lease(on: loop.domain) }

    private func lease(on domain: isolated LoopDomain) async throws -> Lease {
        let pool = pool.value(on: domain)
        guard !pool.isClosed else { throw PostgresError(.closed, "the database was closed") }
        let ticket = pool.nextTicket()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                let request = LeaseRequest(
                    ticket: ticket, deadline: domain.now + config.waitLimit, continuation: continuation)
                pool.request(request, on: domain)
            }
        } onCancel: {
            cancel(ticket)
        }
        return Lease(shard: self, id: ticket)
    }

    func release(_ lease: UInt64, forUse isUsable: Bool) async { await release(lease, isUsable, on: loop.domain) }

    private func release(_ lease: UInt64, _ isUsable: Bool, on domain: isolated LoopDomain) {
        pool.value(on: domain).release(lease, forUse: isUsable, on: domain)
    }

    // MARK: COPY

    func copy(_ rows: [UInt8], lease: UInt64) async throws {
        try Task.checkCancellation()
        try await copy(rows, lease, on: loop.domain)
    }

    private func copy(_ rows: [UInt8], _ lease: UInt64, on domain: isolated LoopDomain) async throws {
        guard let connection = pool.value(on: domain).leases[lease] else {
            throw PostgresError(.closed, "the transaction is over")
        }
        try await connection.copy(rows, within: config.statementLimit, on: domain)
    }

    /// Ends a `COPY`, and waits for what the server makes of it.
    func endCopy(lease: UInt64, failedFor reason: String?) async throws -> Rows {
        try await endCopy(lease, reason, on: loop.domain)
    }

    private func endCopy(_ lease: UInt64, _ reason: String?, on domain: isolated LoopDomain) async throws -> Rows {
        let pool = pool.value(on: domain)
        guard let connection = pool.leases[lease] else { throw PostgresError(.closed, "the transaction is over") }
        return try await withUnsafeThrowingContinuation { continuation in
            let call = Call(
                Order(.copy("the end of a COPY"), lease: lease), ticket: pool.nextTicket(), now: domain.now,
                config: config, for: .task(continuation))
            pool.watchDeadline(of: call, on: domain)
            connection.endCopy(call, failedFor: reason, on: domain)
        }
    }
}

/// A connection that one caller has for itself until it gives it back.
struct Lease: Sendable {
    let shard: Shard
    let id: UInt64

    func perform(
        _ request: Order.Request, prelude: StaticString? = nil, within limit: Duration? = nil,
        evenCancelled: Bool = false
    ) async throws -> Rows {
        try await shard.perform(
            Order(request, lease: id, prelude: prelude, within: limit, evenCancelled: evenCancelled))
    }

    /// `forUse`: whether the connection may go on being used by others.
    func giveBack(forUse isUsable: Bool = true) async { await shard.release(id, forUse: isUsable) }
}

extension SQL {
    /// libpq's protocol counts parameters in 16 bits.
    fileprivate func checkIsSendable() throws(PostgresError) {
        if let failure = values.failure {
            throw PostgresError(.unsendable, failure.description, statement: text)
        }
        if parameterCount > 65_535 {
            throw PostgresError(.unsendable, "a statement has at most 65,535 values, this one \(parameterCount)")
        }
    }
}
