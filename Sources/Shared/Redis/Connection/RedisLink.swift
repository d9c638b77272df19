import Runtime

/// Hears of a link's fate; called on its loop.
protocol RedisLinkOwner: AnyObject {
    /// Answers have come, so there may be room for more commands.
    func progressed(_ link: RedisLink, on domain: isolated LoopDomain)
    /// Something came on a subscribed link.
    func heard(_ value: RedisValue, on link: RedisLink, _ domain: isolated LoopDomain)
    /// The last word of the link, after all its callers have got theirs.
    func lost(_ link: RedisLink, because error: RedisError, on domain: isolated LoopDomain)
}

extension RedisLinkOwner {
    func progressed(_ link: RedisLink, on domain: isolated LoopDomain) {}
    func heard(_ value: RedisValue, on link: RedisLink, _ domain: isolated LoopDomain) {}
}

/// One connection: commands go out at the end of the turn, answers go to their callers in order.
final class RedisLink: StreamHandler {
    /// Lets code outside the loop name the link without keeping it alive.
    final class Anchor {
        weak var link: RedisLink?
    }

    let options: RedisOptions
    weak var owner: (any RedisLinkOwner)?
    /// From now on every answer goes to the owner: on a subscribed connection none belongs to a command.
    var isSubscribed = false

    private let stream: StreamConnection
    private let anchor: LoopBound<Anchor>
    private let reader: ReplyReader
    private var pending = PendingReplies()
    private var meter: LinkMeter
    /// How many bytes were ever written, and how many of these belong to answered commands.
    private var written = 0
    private var answered = 0
    private var lastTicket = 0
    /// Since when there has been something to wait for and nothing has come.
    private var silentSince = MonotonicTime.now
    private var timer: (token: TimerToken, deadline: MonotonicTime)?
    private var endReason: RedisError?
    private var isRetired = false

    init(_ stream: StreamConnection, _ options: RedisOptions, on domain: isolated LoopDomain) throws {
        self.stream = stream
        self.options = options
        anchor = LoopBound(Anchor(), to: domain.loop)
        reader = ReplyReader(limit: options.answerBytes)
        meter = LinkMeter(options.meters)
        anchor.value(on: domain).link = self
        try stream.start(self, on: domain)
    }

    var isOpen: Bool { stream.isOpen }
    var outstanding: Int { pending.count }
    /// For how long nothing has come.
    var silence: Duration { .now - silentSince }

    /// Whether more commands may be written now, besides `others` that are about to be.
    func hasRoom(besides others: Int) -> Bool {
        pending.count + others < options.outstandingCommands && written - answered < options.outstandingBytes
    }

    // MARK: Commands

    /// Sends one command and waits for its answer. An error that Redis answers comes back as a value.
    func ask(
        until deadline: MonotonicTime, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        let (number, ticket) = (pending.next, newTicket())
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                send(.task(continuation), ticket, until: deadline, on: domain, encode)
            }
        } onCancel: { [anchor] in
            anchor.loop.execute { anchor.value(on: $0).link?.cancel(number, ticket, on: $0) }
        }
    }

    /// Sends all commands that `encode` writes, next to each other, and waits for all answers.
    func askAll(
        until deadline: MonotonicTime, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        let (number, ticket) = (pending.next, newTicket())
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                gather(continuation, ticket, until: deadline, on: domain, encode)
            }
        } onCancel: { [anchor] in
            anchor.loop.execute { anchor.value(on: $0).link?.cancel(number, ticket, on: $0) }
        }
    }

    /// Sends one command; `handle` hears of its answer, or of the failure, exactly once.
    func send(
        until deadline: MonotonicTime, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void,
        then handle: @escaping RedisConnection.ReplyHandler
    ) {
        send(.handler(handle), newTicket(), until: deadline, on: domain, encode)
    }

    private func newTicket() -> Int {
        lastTicket += 1
        return lastTicket
    }

    private func send(
        _ sink: ReplySink, _ ticket: Int, until deadline: MonotonicTime, on domain: isolated LoopDomain,
        _ encode: (inout CommandWriter) -> Void
    ) {
        guard isOpen else { return sink.fail(unsentError) }
        let commands = write(on: domain, encode)
        precondition(commands == 1, "a call is one command; several go through `pipeline`")
        enqueue(PendingReply(sink: sink, ticket: ticket, deadline: deadline, end: written), on: domain)
    }

    private func gather(
        _ continuation: UnsafeContinuation<[RedisValue], any Error>, _ ticket: Int, until deadline: MonotonicTime,
        on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) {
        guard isOpen else { return continuation.resume(throwing: unsentError) }
        let start = written
        let commands = write(on: domain, encode)
        guard commands > 0 else { return continuation.resume(returning: []) }
        let sink = ReplySink.gathering(ReplyGathering(commands, continuation))
        // The call as a whole may have had an effect as soon as any of it is sent.
        for index in 1...commands {
            let end = index == commands ? written : start + 1
            enqueue(PendingReply(sink: sink, ticket: ticket, deadline: deadline, end: end), on: domain)
        }
    }

    /// Writes commands on a subscribed connection.
    func tell(on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void) {
        if isOpen { _ = write(on: domain, encode) }
    }

    private func write(on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void) -> Int {
        var commands = 0
        stream.write(on: domain) { outgoing in
            var writer = CommandWriter(appendingTo: exchange(&outgoing, with: ByteBuffer()))
            let before = writer.bytes.count
            encode(&writer)
            writer.finish()
            commands = writer.commands
            written += writer.bytes.count - before
            outgoing = writer.bytes
        }
        return commands
    }

    private func enqueue(_ reply: PendingReply, on domain: isolated LoopDomain) {
        if pending.isEmpty { silentSince = domain.now }
        meter.sent(pending.next, at: domain.now)
        pending.append(reply)
        if reply.deadline < timer?.deadline ?? .distantFuture { setTimer(at: reply.deadline, on: domain) }
    }

    private func cancel(_ number: Int, _ ticket: Int, on domain: isolated LoopDomain) {
        guard let reply = pending.abandon(ticket: ticket, near: number) else { return }
        reply.sink.fail(CancellationError())
        if pending.isHeadAbandoned { checkDeadlines(on: domain) }
    }

    // MARK: Answers

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        silentSince = domain.now
        let first = pending.first
        do throws(RedisError) {
            try reader.feed(bytes) { value in
                deliver(value, on: domain)
                return isOpen
            }
        } catch {
            end(because: error, on: domain)
        }
        meter.answered(pending.first - first, next: pending.first, outstanding: pending.count)
        if isRetired, pending.isEmpty { close(on: domain) }
        if isOpen { owner?.progressed(self, on: domain) }
        return bytes.count
    }

    private func deliver(_ value: consuming RedisValue, on domain: isolated LoopDomain) {
        if isSubscribed { return owner?.heard(value, on: self, domain) ?? () }
        guard let reply = pending.popFirst() else {
            return end(because: .badProtocol(reason: "an answer that nobody asked for"), on: domain)
        }
        answered = max(answered, reply.end)
        reply.sink.succeed(value)
    }

    // MARK: Time

    private func setTimer(at deadline: MonotonicTime, on domain: isolated LoopDomain) {
        if let timer { domain.cancel(timer.token) }
        let token = domain.schedule(after: deadline - .now) { [weak self] in
            self?.timer = nil
            self?.checkDeadlines(on: domain)
        }
        timer = (token, deadline)
    }

    /// One timer serves all calls: it looks again when the next deadline comes, which is usually long answered by then.
    private func checkDeadlines(on domain: isolated LoopDomain) {
        let now = MonotonicTime.now
        let overdue = pending.abandonOverdue(at: now)
        meter.timedOut(overdue.count)
        for reply in overdue {
            reply.sink.fail(RedisError.timedOut(maybeExecuted: isSent(reply)))
        }
        guard isOpen, !pending.isEmpty else { return }
        var next = pending.earliestDeadline ?? .distantFuture
        if pending.isHeadAbandoned {
            // A late answer is waited for as long as anything comes at all.
            let patience = silentSince + options.callLimit
            if patience <= now {
                return end(
                    because: .connectionLost(maybeExecuted: true, reason: "silent for \(options.callLimit)"),
                    on: domain)
            }
            next = min(next, patience)
        }
        if next < timer?.deadline ?? .distantFuture { setTimer(at: next, on: domain) }
    }

    // MARK: The end

    func close(on domain: isolated LoopDomain) { end(because: .closed, on: domain) }

    /// For a link that gets no more commands.
    func closeWhenAnswered(on domain: isolated LoopDomain) {
        isRetired = true
        if pending.isEmpty { close(on: domain) }
    }

    /// Ends the connection; `error` is what its callers get, with what is known of each command.
    func end(because error: RedisError, on domain: isolated LoopDomain) {
        guard isOpen else { return }
        endReason = error
        stream.close(on: domain)
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        if let timer { domain.cancel(timer.token) }
        timer = nil
        let reason =
            endReason ?? .connectionLost(maybeExecuted: true, reason: error.map { "\($0)" } ?? "closed by redis")
        endReason = reason
        while let reply = pending.popFirst() { reply.sink.fail(failure(of: reply, reason)) }
        meter.ended()
        owner?.lost(self, because: reason, on: domain)
    }

    private func failure(of reply: PendingReply, _ reason: RedisError) -> RedisError {
        switch reason {
        case .connectionLost(_, let text): .connectionLost(maybeExecuted: isSent(reply), reason: text)
        case .closed: .connectionLost(maybeExecuted: isSent(reply), reason: "closed by this process")
        default: reason
        }
    }

    private var unsentError: RedisError {
        switch endReason {
        case .connectionLost(_, let text): .connectionLost(maybeExecuted: false, reason: text)
        case let reason: reason ?? .closed
        }
    }

    /// Whether the kernel has taken the whole command. Redis runs nothing of which a byte is missing.
    private func isSent(_ reply: PendingReply) -> Bool { reply.end <= written - stream.pendingBytes }
}

extension MonotonicTime {
    static let distantFuture = MonotonicTime(nanoseconds: .max)
}
