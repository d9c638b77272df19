import CPostgres
import Runtime

/// One connection in libpq's pipeline mode: statements go out as they come, and answers come back in the same order.
///
/// A statement has a sync of its own, so that it is its own transaction and touches no other when it fails. Reads of one
/// turn share one, which halves their cost: see Connection+Sending.
final class Connection: IOSource {
    /// Outside the pipeline only one thing happens at a time: a script, or a `COPY`.
    enum Mode { case pipeline, alone }

    let handle: OpaquePointer
    // What every statement changes is exempt from the run-time check of exclusive access, as in `RedisLink`: callers are
    // resumed as tasks or called after the turn, so none comes back in while one of these is being accessed.
    unowned let pool: Pool
    @exclusivity(unchecked) var mode = Mode.pipeline
    @exclusivity(unchecked) var calls = FIFO<Call>()
    /// Who has it for itself: no other statements are sent on it.
    @exclusivity(unchecked) var lease: UInt64?
    /// Takes no more shared statements, because a lease waits until it is idle.
    @exclusivity(unchecked) var isReserved = false
    /// A cancellation is on its way, and may still hit whatever runs when it arrives.
    @exclusivity(unchecked) var cancelling: Cancellation?
    var wasCancelled = false
    @exclusivity(unchecked) private(set) var isClosed = false
    @exclusivity(unchecked) var idleSince = MonotonicTime.now
    var isCopying = false
    /// Resumed when what `COPY` has written is on its way.
    var drained: UnsafeContinuation<Void, any Error>?
    @exclusivity(unchecked) private(set) var registration: IORegistration?

    // MARK: Sending, see Connection+Sending

    /// Reads that go out together at the end of the turn; they are among `calls` already.
    @exclusivity(unchecked) var gathered: [Call] = []
    /// Reads whose answers have come, but not their sync.
    @exclusivity(unchecked) var settling: [Call] = []
    @exclusivity(unchecked) var statements = StatementCache()
    @exclusivity(unchecked) var arguments = ArgumentBuffers()
    /// How many syncs have come back, and when the last one did.
    @exclusivity(unchecked) var syncs = 0
    @exclusivity(unchecked) var lastSync = MonotonicTime(nanoseconds: 0)
    @exclusivity(unchecked) var knowsReadOnly = false
    @exclusivity(unchecked) var readOnlyNumber = 0
    @exclusivity(unchecked) var mustFlush = false

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

    /// A call that nobody wants any more among those the server may be running: the first one, or its group.
    var unwantedCall: Call? {
        guard !isClosed, let first = calls.first else { return nil }
        if first.endsSync { return first.isUnwanted ? first : nil }
        var isInGroup = true
        var unwanted: Call?
        calls.forEach { call in
            if isInGroup, call.isUnwanted, unwanted == nil { unwanted = call }
            if call.endsSync { isInGroup = false }
        }
        return unwanted
    }

    // MARK: The socket

    func flush(on domain: isolated LoopDomain) {
        mustFlush = false
        guard !isClosed, sendGathered(on: domain) else { return }
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
        gathered = []
        for call in settling { call.lose(reason) }
        settling = []
        while let call = calls.popFirst() { call.lose(reason) }
        pool.lost(self, on: domain)
    }
}

extension Call {
    fileprivate func lose(_ reason: String) {
        answer(throwing: PostgresError(.connectionLost, failure?.message ?? reason, statement: order.text))
    }
}
