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
///
/// Nothing here is weak: a weak reference would make every retain of the link several times dearer. What holds the
/// link, and what it holds, lets go when it ends; and it is always ended.
final class RedisLink: StreamHandler, IOSource {
    let options: RedisOptions
    var owner: (any RedisLinkOwner)?
    /// From now on every answer goes to the owner: on a subscribed connection none belongs to a command.
    var isSubscribed = false

    private let stream: StreamConnection
    private let reader: ReplyReader
    // What every command changes is exempt from the run-time check of exclusive access, which took a tenth of the time
    // of a command. It is safe: no code of ours, and none that it calls, is inside two of these accesses at once, since
    // callers are resumed as tasks and handlers are called with the command already taken out of `pending`.
    @exclusivity(unchecked) var pending = PendingReplies()
    @exclusivity(unchecked) var meter: LinkMeter
    @exclusivity(unchecked) var clock: LinkClock
    /// Commands of this turn, until its end.
    @exclusivity(unchecked) private var writer = CommandWriter()
    @exclusivity(unchecked) private var isWriting = false
    @exclusivity(unchecked) private var isFlushQueued = false
    /// How many bytes were ever written, and how many of these belong to answered commands.
    @exclusivity(unchecked) private var written = 0
    @exclusivity(unchecked) private var answered = 0
    private var endReason: RedisError?
    private var isRetired = false

    init(_ stream: StreamConnection, _ options: RedisOptions, on domain: isolated LoopDomain) throws {
        self.stream = stream
        self.options = options
        reader = ReplyReader(limit: options.answerBytes)
        meter = LinkMeter(options.meters)
        clock = LinkClock(callLimit: options.callLimit)
        try stream.start(self, on: domain)
    }

    var isOpen: Bool { stream.isOpen }
    var outstanding: Int { pending.count }

    /// Whether more commands may be written now, besides `others` that are about to be.
    func hasRoom(besides others: Int) -> Bool {
        pending.count + others < options.outstandingCommands && written - answered < options.outstandingBytes
    }

    // MARK: Commands

    /// Sends one command; its answer, or the failure, goes to `sink`, exactly once.
    func send(
        _ sink: ReplySink, until deadline: MonotonicTime, on domain: isolated LoopDomain,
        _ encode: (inout CommandWriter) -> Void
    ) {
        guard stream.isOpen else { return sink.fail(unsentError) }
        let commands = write(on: domain, encode)
        precondition(commands == 1, "a call is one command; several go through `pipeline`")
        enqueue(PendingReply(sink: sink, deadline: deadline, end: written), on: domain)
    }

    /// Sends several commands, next to each other; all answers go to `gathering`.
    func send(
        _ gathering: ReplyGathering, _ continuation: UnsafeContinuation<[RedisValue], any Error>,
        until deadline: MonotonicTime, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) {
        guard stream.isOpen else { return continuation.resume(throwing: unsentError) }
        let start = written
        let commands = write(on: domain, encode)
        guard commands > 0 else { return continuation.resume(returning: []) }
        gathering.begin(commands, continuation)
        for index in 1...commands {
            // The call as a whole may have had an effect as soon as any of it is sent.
            let end = index == commands ? written : start + 1
            enqueue(PendingReply(sink: .gathering(gathering), deadline: deadline, end: end), on: domain)
        }
    }

    /// Writes commands on a subscribed connection.
    func tell(on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void) {
        if isOpen { _ = write(on: domain, encode) }
    }

    /// Answers how many commands were written.
    private func write(on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void) -> Int {
        precondition(!isWriting, "a command is not written inside another")
        isWriting = true
        let before = writer.count
        encode(&writer)
        let commands = writer.takeCommands()
        isWriting = false
        written += writer.count - before
        if !isFlushQueued {
            isFlushQueued = true
            domain.flushAtEndOfTurn(self)
        }
        return commands
    }

    /// All that was asked in this turn goes out at once.
    func flush(on domain: isolated LoopDomain) {
        isFlushQueued = false
        stream.write(on: domain) { $0.append(writer.readable) }
        writer.clear()
        stream.flush(on: domain)
    }

    /// A link registers nothing by itself; its stream does.
    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {}

    private func enqueue(_ reply: PendingReply, on domain: isolated LoopDomain) {
        if pending.isEmpty { clock.silentSince = domain.now }
        meter.sent(pending.next, at: domain.now)
        pending.append(reply)
        lookAgain(by: clock.noteDeadline(reply.deadline, at: domain.now), on: domain)
    }

    // MARK: Answers

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        clock.silentSince = domain.now
        let first = pending.first
        do throws(RedisError) {
            try reader.feed(bytes) { value in
                deliver(value, on: domain)
                return stream.isOpen
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
        flush(on: domain)
        stream.close(on: domain)
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        stopLooking(on: domain)
        let text = error.map { "\($0)" } ?? "closed by redis"
        let reason = endReason ?? .connectionLost(maybeExecuted: true, reason: text)
        endReason = reason
        options.budget?.giveBack()
        while let reply = pending.popFirst() { reply.sink.fail(failure(of: reply, reason)) }
        meter.ended()
        exchange(&owner, with: nil)?.lost(self, because: reason, on: domain)
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
    func isSent(_ reply: PendingReply) -> Bool { reply.end <= written - writer.count - stream.pendingBytes }
}
