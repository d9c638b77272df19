import CPostgres
import Runtime

/// What libpq cannot do in a pipeline: several statements in one text, and `COPY`.
extension Connection {
    /// Leaves the pipeline, which must be empty, and sends a script or a `COPY`.
    func sendAlone(_ call: Call, on domain: isolated LoopDomain) {
        guard calls.isEmpty, mode == .pipeline else {
            let problem = "a script or COPY has to wait for the transaction's other statements"
            return call.answer(throwing: PostgresError(.unsendable, problem, statement: call.order.text))
        }
        calls.append(call)
        guard PQexitPipelineMode(handle) == 1, PQsendQuery(handle, call.order.text) == 1 else {
            return close(PostgresError.lastMessage(of: handle), on: domain)
        }
        mode = .alone
        flushOutput(on: domain)
    }

    func readAlone(on domain: isolated LoopDomain) {
        guard let call = calls.first, !isCopying else { return }
        while PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else { return finishAlone(call, on: domain) }
            switch PQresultStatus(result) {
            case PGRES_COPY_IN where call.isCopy:
                isCopying = true
                return call.answer(Rows(owning: result))
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                PQclear(result)
                return close("COPY has a function of its own and cannot be part of a script", on: domain)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                if let earlier = call.result { PQclear(earlier) }
                call.result = result
            default:
                if call.failure == nil { call.failure = PostgresError(result: result, statement: call.order.text) }
                PQclear(result)
            }
        }
    }

    private func finishAlone(_ call: Call, on domain: isolated LoopDomain) {
        _ = calls.popFirst()
        guard PQenterPipelineMode(handle) == 1 else {
            call.answer(throwing: PostgresError(.connectionLost, PostgresError.lastMessage(of: handle)))
            return close(PostgresError.lastMessage(of: handle), on: domain)
        }
        mode = .pipeline
        idleSince = domain.now
        if let failure = call.failure { return call.answer(throwing: failure) }
        call.answerWithResult()
    }

    // MARK: COPY

    /// Hands over rows, and waits while the server is slower than the caller.
    func copy(_ rows: [UInt8], within limit: Duration, on domain: isolated LoopDomain) async throws {
        try checkCopying()
        let taken = rows.withUnsafeBytes { bytes in
            PQputCopyData(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard taken == 1 else {
            close(PostgresError.lastMessage(of: handle), on: domain)
            return try checkCopying()
        }
        flushOutput(on: domain)
        guard PQflush(handle) == 1 else { return }
        let timer = domain.schedule(after: limit) { [self] in
            close("the server took no rows of a COPY for \(limit)", on: domain)
        }
        defer { domain.cancel(timer) }
        try await withUnsafeThrowingContinuation { drained = $0 }
    }

    /// Ends the rows; with a reason, the server forgets them all. `call` hears how it went.
    func endCopy(_ call: Call, failedFor reason: String?, on domain: isolated LoopDomain) {
        guard !isClosed, isCopying else {
            return call.answer(throwing: PostgresError(.connectionLost, "the connection broke during a COPY"))
        }
        isCopying = false
        _ = calls.popFirst()
        calls.append(call)
        guard PQputCopyEnd(handle, reason) == 1 else {
            return close(PostgresError.lastMessage(of: handle), on: domain)
        }
        flushOutput(on: domain)
    }

    private func checkCopying() throws(PostgresError) {
        guard !isClosed, isCopying else {
            throw PostgresError(.connectionLost, "the connection broke during a COPY")
        }
    }
}

extension Call {
    fileprivate var isCopy: Bool {
        if case .copy = order.request { true } else { false }
    }
}
