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
                if !call.endsSync, call.hasOwnAnswer { waitForSync(call, on: domain) }
                continue
            }
            nulls = 0
            if PQresultStatus(result) == PGRES_PIPELINE_SYNC {
                PQclear(result)
                settle(call, on: domain)
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
            guard call.hasOwnAnswer, call.result == nil else { break }
            call.result = result
            return true
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            close("COPY has a function of its own and cannot be run as a statement", on: domain)
            return false
        case PGRES_PIPELINE_ABORTED: call.wasSkipped = true
        default:
            guard call.failure == nil else { break }
            call.failure = PostgresError(result: result, statement: call.order.text)
            call.failedAt = call.answers
        }
        PQclear(result)
        return true
    }

    // MARK: One statement to a sync

    /// The call's sync is through: what it did is kept.
    private func settle(_ call: Call, on domain: isolated LoopDomain) {
        _ = calls.popFirst()
        syncs += 1
        pool.measure(call, on: domain)
        let took = domain.now - max(call.sentAt, lastSync)
        lastSync = domain.now
        guard settling.isEmpty else {
            settling.append(call)
            return settleGroup(took, on: domain)
        }
        guard let failure = call.failure else {
            call.prepared?.isQuick = took < Self.quick
            return call.answerWithResult()
        }
        if let entry = call.prepared, call.failedBefore || failure.isStalePlan { statements.forget(entry) }
        if leftNoTrace(call, failure) { resend(call, on: domain) } else { call.answer(throwing: failure) }
    }

    /// How fast a read has to be by itself to share a sync, and how slow a group must not be.
    private static let quick: Duration = .milliseconds(2)
    private static let slowGroup: Duration = .milliseconds(10)

    /// Each statement by itself is its own transaction, so one that was refused for these reasons left no trace.
    private func leftNoTrace(_ call: Call, _ failure: PostgresError) -> Bool {
        guard call.order.lease == nil else { return false }
        // A cancellation that was meant for a neighbour may hit it more than once.
        if wasCancelled, failure.sqlState == .queryCanceled { return call.resends < Self.mostHits }
        return failure.isStalePlan && !call.wasResent
    }

    private static let mostHits = 5

    private func resend(_ call: Call, on domain: isolated LoopDomain) {
        guard !call.isAnswered else { return }
        call.reset()
        pool.resend(call, on: domain)
    }

    // MARK: Several reads to a sync

    /// The call's answer has come, but not yet the sync it shares, before which nothing is certain.
    private func waitForSync(_ call: Call, on domain: isolated LoopDomain) {
        _ = calls.popFirst()
        pool.measure(call, on: domain)
        settling.append(call)
    }

    private func settleGroup(_ took: Duration, on domain: isolated LoopDomain) {
        let group = settling
        settling.removeAll(keepingCapacity: true)
        if took > Self.slowGroup {
            // One of them was slow. Each has to show by itself that it was not the one.
            for call in group { call.prepared?.isQuick = false }
        }
        if let failed = group.first(where: { $0.failure != nil }), let failure = failed.failure {
            return undo(group, failed, failure, on: domain)
        }
        for call in group { call.answerWithResult() }
    }

    /// A failure has undone the whole group: the one that failed is told so, the others run again, by themselves.
    private func undo(_ group: [Call], _ failed: Call, _ failure: PostgresError, on domain: isolated LoopDomain) {
        for call in group.reversed() where call !== failed {
            if let entry = call.prepared, call.wasSkipped && call.prepares { statements.forget(entry) }
            resend(call, on: domain)
        }
        if let entry = failed.prepared, failed.failedBefore || failure.isStalePlan { statements.forget(entry) }
        if failed.failedToBeReadOnly, failed.readOnlyNumber == readOnlyNumber { knowsReadOnly = false }
        let isWriter = failure.sqlState == .readOnlyTransaction
        if isWriter { failed.prepared?.isWriter = true }
        if isWriter || failed.failedToBeReadOnly || leftNoTrace(failed, failure) {
            resend(failed, on: domain)
        } else {
            failed.answer(throwing: failure)
        }
    }
}
