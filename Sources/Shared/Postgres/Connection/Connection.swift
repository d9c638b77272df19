import CPostgres
import Runtime

/// One connection in libpq's pipeline mode: statements go out as they come, each with a sync of its own, so that each is
/// its own transaction and one that fails touches no other; answers come back in the same order.
final class Connection: IOSource {
    /// Outside the pipeline only one thing happens at a time: a script, or a `COPY`.
    enum Mode { case pipeline, alone }

    let handle: OpaquePointer
    unowned let pool: Pool
    var mode = Mode.pipeline
    var calls = FIFO<Call>()
    /// Who has it for itself: no other statements are sent on it.
    var lease: UInt64?
    /// Takes no more shared statements, because a lease waits until it is idle.
    var isReserved = false
    /// A cancellation is on its way, and may still hit whatever runs when it arrives.
    var cancelling: Cancellation?
    var wasCancelled = false
    private(set) var isClosed = false
    var idleSince = MonotonicTime.now
    var isCopying = false
    /// Resumed when what `COPY` has written is on its way.
    var drained: UnsafeContinuation<Void, any Error>?
    private(set) var registration: IORegistration?
    private var statements = StatementCache()
    private var arguments = ArgumentBuffers()
    private var mustFlush = false

    init(_ handle: OpaquePointer, pool: Pool) {
        self.handle = handle
        self.pool = pool
    }

    /// Takes over a handle that is set up.
    func start(on domain: isolated LoopDomain) throws(PostgresError) {
        do {
            registration = try domain.register(self, descriptor: PQsocket(handle), interest: .readable)
        } catch {
            PQfinish(handle)
            isClosed = true
            throw PostgresError(.connectionLost, "\(error)")
        }
        PQenterPipelineMode(handle)
    }

    var isIdle: Bool { calls.isEmpty && mode == .pipeline && cancelling == nil && !isClosed }

    /// Whether the server is outside any transaction, with nothing left to say.
    var isClean: Bool { calls.isEmpty && mode == .pipeline && PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Whether a shared statement may go out on it now.
    func isShareable(depth: Int) -> Bool {
        lease == nil && !isReserved && cancelling == nil && !isClosed && calls.count < depth
    }

    // MARK: Sending

    func send(_ call: Call, on domain: isolated LoopDomain) {
        assert(domain.loop.isCurrent)
        calls.append(call)
        guard sendPrelude(of: call), sendRequest(of: call), cpostgres_sync(handle) == 1 else {
            return close(PostgresError.lastMessage(of: handle), on: domain)
        }
        guard !mustFlush else { return }
        mustFlush = true
        domain.flushAtEndOfTurn(self)
    }

    private func sendPrelude(of call: Call) -> Bool {
        guard let prelude = call.prelude else { return true }
        call.answersBefore += 1
        return sendCommand(prelude.description)
    }

    private func sendRequest(of call: Call) -> Bool {
        switch call.request {
        case .statement(let statement): sendStatement(statement, of: call)
        case .command(let text), .script(let text), .copy(let text): sendCommand(text)
        }
    }

    private func sendCommand(_ text: String) -> Bool {
        PQsendQueryParams(handle, text, 0, nil, nil, nil, nil, 1) == 1
    }

    private func sendStatement(_ statement: SQL, of call: Call) -> Bool {
        let (entry, evicted) = statements.entry(for: statement)
        if let evicted, evicted.isSent {
            call.answersBefore += 1
            guard sendCommand("deallocate \(evicted.name)") else { return false }
        }
        call.prepared = entry
        if !entry.isSent {
            call.answersBefore += 1
            entry.isSent = true
            let types = statement.types.map(\.rawValue)
            guard PQsendPrepare(handle, entry.name, statement.text, Int32(types.count), types) == 1 else {
                return false
            }
        }
        return arguments.withArguments(of: statement) { values, lengths, formats in
            PQsendQueryPrepared(
                handle, entry.name, Int32(statement.parameterCount), values, lengths, formats, 1) == 1
        }
    }

    /// Forgets a statement that the server does not know, or no longer runs as it was prepared.
    func forget(_ entry: PreparedStatement) { statements.forget(entry) }

    // MARK: The socket

    func flush(on domain: isolated LoopDomain) {
        mustFlush = false
        guard !isClosed else { return }
        flushOutput(on: domain)
        // While it could not write, libpq may have read; those bytes cause no event any more.
        if !isClosed, !calls.isEmpty { readAnswers(on: domain) }
    }

    func flushOutput(on domain: isolated LoopDomain) {
        guard let registration else { return }
        switch PQflush(handle) {
        case 0:
            domain.setInterest(.readable, of: registration)
            drained?.resume()
            drained = nil
        case 1: domain.setInterest([.readable, .writable], of: registration)
        // The reading side learns why.
        default: domain.setInterest(.readable, of: registration)
        }
    }

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {
        assert(domain.loop.isCurrent)
        if events.contains(.writable) { flushOutput(on: domain) }
        guard PQconsumeInput(handle) == 1 else {
            return close(PostgresError.lastMessage(of: handle), on: domain)
        }
        readAnswers(on: domain)
    }

    /// Ends the connection. Whoever waits for an answer is told that it will not come.
    func close(_ reason: String, on domain: isolated LoopDomain) {
        guard !isClosed else { return }
        isClosed = true
        if let registration { domain.deregister(registration) }
        registration = nil
        PQfinish(handle)
        drained?.resume(throwing: PostgresError(.connectionLost, reason))
        drained = nil
        while let call = calls.popFirst() {
            var error = call.failure ?? PostgresError(.connectionLost, reason, statement: call.text)
            if call.failure != nil { error = PostgresError(.connectionLost, error.message, statement: call.text) }
            call.answer(throwing: error)
        }
        pool.lost(self, on: domain)
    }
}
