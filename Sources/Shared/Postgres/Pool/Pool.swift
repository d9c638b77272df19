import Runtime

/// One loop's connections, and the callers that wait for them.
///
/// Statements by themselves share connections: each goes at once to the one with the least on its way. A transaction has
/// a connection for itself. Where both wait, the elder goes first.
final class Pool {
    let config: DatabaseConfig
    let size: Int
    let threads: ThreadPool
    /// Cancelling blocks, with a server that hangs even for long: never on the threads that others need.
    let cancelThreads: ThreadPool
    let meters: PoolMeters
    let log: Logger

    // Every statement looks at these. They are read and written whole, and never while a call is inside another access to
    // them, so a run-time check of exclusive access would find nothing.
    @exclusivity(unchecked) var connections: [Connection] = []
    var opening = 0
    var leases: [UInt64: Connection] = [:]
    @exclusivity(unchecked) var waiting = FIFO<Call>()
    @exclusivity(unchecked) var waitingForLease = FIFO<LeaseRequest>()
    @exclusivity(unchecked) var isClosed = false

    // MARK: Opening, see Pool+Opening

    var failures = 0
    var lastFailure: PostgresError?
    /// Since when there has been no connection; nil while there is one, and before the first attempt has ended.
    var awaySince: MonotonicTime?
    var retry: TimerToken?
    var pruning: TimerToken?

    // MARK: Limits, see Pool+Limits

    @exclusivity(unchecked) var nextCheck: MonotonicTime?
    var checking: TimerToken?
    @exclusivity(unchecked) private var lastTicket: UInt64 = 0

    init(
        _ config: DatabaseConfig, size: Int, threads: ThreadPool, cancelThreads: ThreadPool, meters: PoolMeters,
        log: Logger
    ) {
        self.config = config
        self.size = size
        self.threads = threads
        self.cancelThreads = cancelThreads
        self.meters = meters
        self.log = log
    }

    func nextTicket() -> UInt64 {
        lastTicket += 1
        return lastTicket
    }

    /// At most so many connections are leased: where there are several, one always takes statements, so that one inside
    /// a transaction's body but outside the transaction is not stuck behind transactions that wait for it.
    var leaseLimit: Int { max(1, size - 1) }

    var isOverloaded: Bool { waiting.count + waitingForLease.count >= config.waitersPerLoop }

    // MARK: Statements

    /// Sends a new call, or lets it wait.
    func submit(_ call: Call, on domain: isolated LoopDomain) {
        watchDeadline(of: call, on: domain)
        if let lease = call.order.lease { return submit(call, toLease: lease, on: domain) }
        if waiting.isEmpty, !isClosed, joinsOthers(call, on: domain) { return }
        if waiting.isEmpty, !isClosed, let connection = leastLoaded() {
            connection.send(call, on: domain)
            if connection.calls.count >= Self.crowd { openMore(on: domain) }
            return
        }
        if let refusal { return call.answer(throwing: refusal) }
        waiting.append(call)
        serve(on: domain)
    }

    /// Reads of one turn go out together, on as few connections as take them: to the server, and to us, each then costs
    /// half of what it does by itself.
    private func joinsOthers(_ call: Call, on domain: isolated LoopDomain) -> Bool {
        guard call.order.isShareable else { return false }
        for connection in connections where connection.gathers(call, depth: config.pipelineDepth, on: domain) {
            return true
        }
        return false
    }

    private func submit(_ call: Call, toLease lease: UInt64, on domain: isolated LoopDomain) {
        guard let connection = leases[lease], !connection.isClosed else {
            return call.answer(
                throwing: PostgresError(
                    .connectionLost, "the transaction's connection broke", statement: call.order.text))
        }
        guard call.order.isPipelined else { return connection.sendAlone(call, on: domain) }
        guard connection.mode == .pipeline else {
            let problem = "a script or COPY is running in this transaction"
            return call.answer(throwing: PostgresError(.unsendable, problem, statement: call.order.text))
        }
        connection.send(call, on: domain)
    }

    /// Gives a call that left no trace a second chance.
    func resend(_ call: Call, on domain: isolated LoopDomain) {
        if isClosed { return call.answer(throwing: Self.closed) }
        waiting.prepend(call)
        serve(on: domain)
    }

    /// Why nobody may wait.
    private var refusal: PostgresError? {
        if isClosed { return Self.closed }
        if let absence { return absence }
        guard isOverloaded else { return nil }
        return PostgresError(.poolExhausted, "\(config.waitersPerLoop) callers wait for a connection already")
    }

    static let closed = PostgresError(.closed, "the database was closed")

    /// How much on its way on every connection makes another one worth opening.
    private static let crowd = 4

    private func leastLoaded() -> Connection? {
        var best: Connection?
        for connection in connections where connection.isShareable(depth: config.pipelineDepth) {
            if connection.calls.count < best?.calls.count ?? .max { best = connection }
        }
        return best
    }

    // MARK: Leases

    func request(_ request: LeaseRequest, on domain: isolated LoopDomain) {
        if let refusal { return request.answer(throwing: refusal) }
        watchDeadline(of: request, on: domain)
        waitingForLease.append(request)
        serve(on: domain)
    }

    /// Takes a connection back. One that is not clean is not used again.
    func release(_ lease: UInt64, forUse isUsable: Bool, on domain: isolated LoopDomain) {
        guard let connection = leases.removeValue(forKey: lease) else { return }
        connection.lease = nil
        meters.leased(-1)
        guard !connection.isClosed else { return serve(on: domain) }
        guard isUsable, connection.isClean else {
            return connection.close("it was left within a transaction", on: domain)
        }
        serve(on: domain)
    }

    private func grant(_ connection: Connection, to request: LeaseRequest) {
        connection.isReserved = false
        connection.lease = request.ticket
        leases[request.ticket] = connection
        meters.leased(1)
        request.answer()
    }

    // MARK: Serving

    /// Gives out what there is to those who wait, the eldest first.
    func serve(on domain: isolated LoopDomain) {
        while true {
            dropAnswered()
            let call = waiting.first
            let request = waitingForLease.first
            if let request, request.ticket < call?.ticket ?? .max, leases.count < leaseLimit {
                if let idle = connections.first(where: { $0.isIdle && $0.lease == nil }) {
                    _ = waitingForLease.popFirst()
                    grant(idle, to: request)
                    continue
                }
            }
            reserve()
            guard let call, let connection = leastLoaded() else { break }
            _ = waiting.popFirst()
            connection.send(call, on: domain)
        }
        meters.waiting(waiting.count + waitingForLease.count, onLoop: domain.loop.index)
        openMore(on: domain)
    }

    /// Keeps as many connections from new statements as leases wait for and may have, so that they become idle.
    private func reserve() {
        let wanted = connections.count < size ? 0 : min(waitingForLease.count, leaseLimit - leases.count)
        let reserved = connections.filter(\.isReserved)
        if reserved.count < wanted { leastLoaded()?.isReserved = true }
        for connection in reserved.dropFirst(max(0, wanted)) { connection.isReserved = false }
    }

    private func dropAnswered() {
        while let call = waiting.first, call.isAnswered { _ = waiting.popFirst() }
        while let request = waitingForLease.first, request.isAnswered { _ = waitingForLease.popFirst() }
    }

    // MARK: What connections report

    func progressed(_ connection: Connection, on domain: isolated LoopDomain) {
        if let cancelling = connection.cancelling, cancelling.hasReturned, cancelling.isDone(on: connection) {
            connection.cancelling = nil
        }
        cancelIfUnwanted(connection, on: domain)
        if !waiting.isEmpty || !waitingForLease.isEmpty { serve(on: domain) }
    }

    func measure(_ call: Call, on domain: isolated LoopDomain) {
        let duration = domain.now - call.askedAt
        meters.answered(after: duration)
        if let slow = config.slowStatement, duration > slow {
            log.warning("slow statement", ["db.statement": .string(call.order.text), "took": .duration(duration)])
        }
    }

    func lost(_ connection: Connection, on domain: isolated LoopDomain) {
        connections.removeAll { $0 === connection }
        noteAbsence(on: domain)
        meters.disconnected()
        if !isClosed { serve(on: domain) }
    }
}
