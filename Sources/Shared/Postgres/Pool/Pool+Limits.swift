import Runtime

/// Time limits and cancellation. One timer serves all callers: it is set for the earliest end that was ever asked for,
/// and set anew when it fires, so that a statement that comes back in time costs no timer.
extension Pool {
    func watchDeadline(of call: Call, on domain: isolated LoopDomain) {
        watch(min(call.waitDeadline, call.deadline), on: domain)
    }

    func watchDeadline(of request: LeaseRequest, on domain: isolated LoopDomain) {
        watch(request.deadline, on: domain)
    }

    private func watch(_ deadline: MonotonicTime, on domain: isolated LoopDomain) {
        if let nextCheck, nextCheck <= deadline { return }
        if let checking { domain.cancel(checking) }
        nextCheck = deadline
        checking = domain.schedule(after: max(.zero, deadline - MonotonicTime.now)) { [self] in
            nextCheck = nil
            checking = nil
            checkDeadlines(on: domain)
        }
    }

    private func checkDeadlines(on domain: isolated LoopDomain) {
        let now = MonotonicTime.now
        waiting.forEach { call in
            if min(call.waitDeadline, call.deadline) <= now { call.answer(throwing: waitedTooLong(call.order.text)) }
        }
        waitingForLease.forEach { request in
            if request.deadline <= now { request.answer(throwing: waitedTooLong(nil)) }
        }
        dropAllAnswered()
        for connection in connections {
            connection.calls.forEach { call in
                guard call.deadline <= now, !call.isAnswered else { return }
                call.answer(throwing: PostgresError(.timeout, "no answer within its limit", statement: call.order.text))
                call.isUnwanted = true
            }
            for call in connection.settling where call.deadline <= now {
                call.answer(throwing: PostgresError(.timeout, "no answer within its limit", statement: call.order.text))
            }
            cancelIfUnwanted(connection, on: domain)
        }
        if let next = earliestDeadline() { watch(next, on: domain) }
        serve(on: domain)
    }

    private func earliestDeadline() -> MonotonicTime? {
        var earliest: MonotonicTime?
        func consider(_ deadline: MonotonicTime) { earliest = min(earliest ?? deadline, deadline) }
        waiting.forEach { consider(min($0.waitDeadline, $0.deadline)) }
        waitingForLease.forEach { consider($0.deadline) }
        for connection in connections {
            connection.calls.forEach { call in if !call.isAnswered { consider(call.deadline) } }
            for call in connection.settling where !call.isAnswered { consider(call.deadline) }
        }
        return earliest
    }

    private func waitedTooLong(_ statement: String?) -> PostgresError {
        var message =
            connections.isEmpty && opening > 0
            ? "the database did not accept a connection in time" : "no connection to the database became free in time"
        if let lastFailure { message += "; the last attempt to connect failed: \(lastFailure.message)" }
        return PostgresError(.timeout, message, statement: statement)
    }

    private func dropAllAnswered() {
        waiting.removeAll(where: \.isAnswered)
        waitingForLease.removeAll(where: \.isAnswered)
    }

    // MARK: Cancellation

    /// The task that waits with this ticket was cancelled.
    func cancel(_ ticket: UInt64, on domain: isolated LoopDomain) {
        if let call = waiting.first(where: { $0.ticket == ticket }) {
            call.answer(throwing: CancellationError())
        }
        if let request = waitingForLease.first(where: { $0.ticket == ticket }) {
            request.answer(throwing: CancellationError())
            dropAllAnswered()
            return serve(on: domain)
        }
        for connection in connections {
            connection.settling.first { $0.ticket == ticket }?.answer(throwing: CancellationError())
            guard let call = connection.calls.first(where: { $0.ticket == ticket }), !call.isAnswered else { continue }
            call.answer(throwing: CancellationError())
            call.isUnwanted = true
            return cancelIfUnwanted(connection, on: domain)
        }
    }

    /// Ends on the server what runs for nobody. A connection that does not come back from that is closed.
    func cancelIfUnwanted(_ connection: Connection, on domain: isolated LoopDomain) {
        guard connection.cancelling == nil, connection.unwantedCall != nil else { return }
        let cancellation = Cancellation(on: connection)
        connection.cancelling = cancellation
        connection.wasCancelled = true
        domain.schedule(after: config.cancelGrace) {
            guard !connection.isClosed, connection.cancelling === cancellation else { return }
            connection.close("a cancelled statement did not end", on: domain)
        }
        Task {
            await cancellation.send(from: cancelThreads, on: domain)
            if !connection.isClosed { progressed(connection, on: domain) }
        }
    }
}
