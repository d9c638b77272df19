import CPostgres
import Runtime

extension Connection {
    /// Takes all answers that have arrived.
    func readAnswers(on domain: isolated LoopDomain) {
        switch mode {
        case .pipeline: readPipeline(on: domain)
        case .alone: readAlone(on: domain)
        }
        if !isClosed { pool.progressed(self, on: domain) }
    }

    private func readPipeline(on domain: isolated LoopDomain) {
        // Answers to one statement end with a null, but a sync has none after it; two in a row mean there is no more.
        var nulls = 0
        while let call = calls.first, nulls < 2, PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else {
                nulls += 1
                continue
            }
            nulls = 0
            if PQresultStatus(result) == PGRES_PIPELINE_SYNC {
                PQclear(result)
                _ = calls.popFirst()
                finish(call, on: domain)
            } else {
                guard take(result, for: call, on: domain) else { return }
            }
        }
        if calls.isEmpty {
            // Parses what comes unasked, such as the reason of a server that shuts down.
            _ = PQisBusy(handle)
            idleSince = domain.now
        }
    }

    /// False when the connection had to be closed.
    private func take(_ result: OpaquePointer, for call: Call, on domain: isolated LoopDomain) -> Bool {
        call.answers += 1
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            guard call.answers > call.answersBefore, call.result == nil else { break }
            call.result = result
            return true
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            close("COPY has a function of its own and cannot be run as a statement", on: domain)
            return false
        case PGRES_PIPELINE_ABORTED: break
        default:
            guard call.failure == nil else { break }
            call.failure = PostgresError(result: result, statement: call.text)
            call.failedBefore = call.answers <= call.answersBefore
        }
        PQclear(result)
        return true
    }

    /// The statement and its sync are through.
    private func finish(_ call: Call, on domain: isolated LoopDomain) {
        guard let failure = call.failure else {
            if let rows = call.takeResult() { return call.answer(rows) }
            return call.answer(throwing: PostgresError(.connectionLost, "an empty answer", statement: call.text))
        }
        if let entry = call.prepared, call.failedBefore || failure.isStalePlan { forget(entry) }
        // Each statement by itself is its own transaction, so one that was refused for these reasons left no trace.
        let wasBystander = wasCancelled && failure.sqlState == .queryCanceled
        if call.lease == nil, !call.isAnswered, !call.wasResent, failure.isStalePlan || wasBystander {
            call.reset()
            return pool.resend(call, on: domain)
        }
        call.answer(throwing: failure)
    }
}
