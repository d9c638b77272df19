import Runtime

/// A client's part on one loop: one connection that all tasks of the loop share, made anew when it is lost.
public final class RedisShard: RedisLinkOwner {
    private enum State {
        case idle
        case connecting
        case ready(RedisLink)
        case closed
    }

    let options: RedisOptions
    /// What names this shard outside its loop. Let go when the shard is closed, which a client does at its latest end.
    var anchor: LoopBound<RedisShard>?
    // Every call looks at these; see `RedisLink` for why they need no run-time check of exclusive access.
    @exclusivity(unchecked) private var state = State.idle
    @exclusivity(unchecked) private var queue = CallQueue()
    private var backoff: Backoff
    private var earliestAttempt = MonotonicTime(nanoseconds: 0)
    private var readySince = MonotonicTime(nanoseconds: 0)
    private var lastFailure: String?

    init(_ options: RedisOptions) {
        self.options = options
        backoff = Backoff(first: options.firstBackoff, longest: options.longestBackoff)
    }

    // MARK: Calls

    /// The first attempt of a call, which costs little and suspends nothing but the caller. Answers its deadline.
    public func begin(
        _ continuation: UnsafeContinuation<RedisValue, any Error>, within limit: Duration?,
        on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) -> MonotonicTime {
        guard case .ready(let link) = state, queue.isEmpty, link.hasRoom(besides: queue.granted) else {
            continuation.resume(throwing: CannotSendYet())
            return domain.now + (limit ?? options.callLimit)
        }
        let deadline = link.clock.deadline(limit, from: domain.now)
        link.send(.task(continuation), until: deadline, on: domain, encode)
        return deadline
    }

    /// Sends the command that `encode` writes, as often as needed until it has run or the limit is over. `encode` may
    /// be called several times; the command is never sent again once it may have had an effect.
    public func call(
        after first: Result<RedisValue, any Error>? = nil, until deadline: MonotonicTime,
        on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        var attempt = first
        var pause = Backoff(first: .milliseconds(20), longest: .milliseconds(500))
        var refusal: RedisError?
        while true {
            do {
                let answer = try await finish(attempt, until: deadline, on: domain, encode)
                guard case .error(let text) = answer else { return answer }
                let error = RedisError(answer: text)
                refusal = error
                try await recover(from: error, &pause, until: deadline, on: domain)
            } catch  where error is CannotSendYet || error.isUnsent && MonotonicTime.now < deadline {
            } catch let error as RedisError {
                // What Redis said says more than that there was no time to ask again.
                throw error.maybeExecuted ? error : refusal ?? error
            }
            attempt = nil
        }
    }

    /// What an attempt that was begun comes to, or else a new one.
    private func finish(
        _ attempt: Result<RedisValue, any Error>?, until deadline: MonotonicTime, on domain: isolated LoopDomain,
        _ encode: (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        switch attempt {
        case .failure(let call as UnansweredCall): try await LateReply.wait(for: call.reply, on: domain)
        case .some(let attempt): try attempt.get()
        case nil: try await freeLink(until: deadline, on: domain).ask(until: deadline, on: domain, encode)
        }
    }

    /// The same for several commands whose answers belong together. Errors among the answers are left to the caller.
    func callAll(
        until deadline: MonotonicTime, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        while true {
            let link = try await freeLink(until: deadline, on: domain)
            do {
                return try await link.askAll(until: deadline, on: domain, encode)
            } catch  where error.isUnsent && MonotonicTime.now < deadline {}
        }
    }

    /// Returns if the command is to be sent again: its server was not in a state to run it.
    private func recover(
        from error: RedisError, _ pause: inout Backoff, until deadline: MonotonicTime,
        on domain: isolated LoopDomain
    ) async throws {
        guard error.isPassing else { throw error }
        // A server that became a replica is no longer ours: the name may lead to its successor.
        if error.code == "READONLY" { retireLink(on: domain) }
        let wait = pause.next()
        guard MonotonicTime.now + wait < deadline else { throw error }
        try await domain.sleep(for: wait)
    }

    // MARK: Waiting for a connection with room

    private func freeLink(until deadline: MonotonicTime, on domain: isolated LoopDomain) async throws -> RedisLink {
        if case .ready(let link) = state, queue.isEmpty, link.hasRoom(besides: queue.granted) { return link }
        while true {
            try await waitForTurn(until: deadline, on: domain)
            if case .ready(let link) = state { return link }
        }
    }

    private func waitForTurn(until deadline: MonotonicTime, on domain: isolated LoopDomain) async throws {
        if case .closed = state { throw RedisError.closed }
        let caller = CallQueue.Caller()
        do {
            try await domain.park(within: max(deadline - .now, .zero)) { enqueue(caller, $0, on: domain) }
        } catch {
            queue.remove(caller)
            throw error is TimeLimitExceeded ? limitError : error
        }
        queue.granted -= 1
        grantTurns(on: domain)
    }

    /// Everything is looked at here: what was true before the `await` that leads here need not be true now.
    private func enqueue(_ caller: CallQueue.Caller, _ parking: ParkingID, on domain: isolated LoopDomain) {
        guard queue.count < options.waitingCalls else {
            domain.unpark(parking, throwing: RedisError.overloaded)
            return
        }
        queue.append(caller, parking)
        grantTurns(on: domain)
        connectIfIdle(on: domain)
    }

    /// A call that is let on still has to write its command, so only a few are at a time: room is known only after.
    private func grantTurns(on domain: isolated LoopDomain) {
        guard case .ready(let link) = state else { return }
        while queue.granted < 64, link.hasRoom(besides: queue.granted), let parking = queue.popFirst() {
            if domain.unpark(parking) { queue.granted += 1 }
        }
    }

    private func refuseWaiting(with error: RedisError, on domain: isolated LoopDomain) {
        while let parking = queue.popFirst() { domain.unpark(parking, throwing: error) }
    }

    private var limitError: RedisError {
        if case .ready = state { return .timedOut(maybeExecuted: false) }
        return .unreachable(reason: lastFailure ?? "connecting takes too long")
    }

    // MARK: The connection

    private func connectIfIdle(on domain: isolated LoopDomain) {
        guard case .idle = state, !queue.isEmpty, let anchor else { return }
        state = .connecting
        domain.loop.spawn { await Self.connect(anchor, on: anchor.loop.domain) }
    }

    private static func connect(_ anchor: LoopBound<RedisShard>, on domain: isolated LoopDomain) async {
        await anchor.value(on: domain).connect(on: domain)
    }

    /// Tries for as long as somebody waits.
    private func connect(on domain: isolated LoopDomain) async {
        while case .connecting = state {
            try? await domain.sleep(for: max(earliestAttempt - .now, .zero))
            guard case .connecting = state else { return }
            guard !queue.isEmpty else { return state = .idle }
            earliestAttempt = .now + backoff.next()
            do {
                begin(with: try await RedisLink.open(options, on: domain), on: domain)
            } catch {
                note(error, on: domain)
            }
        }
    }

    private func begin(with link: RedisLink, on domain: isolated LoopDomain) {
        guard case .connecting = state else { return link.close(on: domain) }
        link.owner = self
        state = .ready(link)
        readySince = .now
        lastFailure = nil
        grantTurns(on: domain)
    }

    private func note(_ error: any Error, on domain: isolated LoopDomain) {
        lastFailure = "\(error)"
        // Waiting does not mend a wrong password or database; who calls later still makes us try again.
        if let refusal = error as? RedisError, refusal.isLastingRefusal { refuseWaiting(with: refusal, on: domain) }
    }

    func progressed(_ link: RedisLink, on domain: isolated LoopDomain) {
        if !queue.isEmpty { grantTurns(on: domain) }
    }

    func lost(_ link: RedisLink, because error: RedisError, on domain: isolated LoopDomain) {
        guard case .ready(let mine) = state, mine === link else { return }
        lastFailure = "\(error)"
        // A connection that lasted shows that all is well again.
        if MonotonicTime.now - readySince > options.longestBackoff { backoff.reset() }
        state = .idle
        connectIfIdle(on: domain)
    }

    /// No more commands on the present link; it ends when what it was given is answered.
    private func retireLink(on domain: isolated LoopDomain) {
        guard case .ready(let link) = state else { return }
        state = .idle
        lastFailure = "redis became a replica"
        link.closeWhenAnswered(on: domain)
    }

    func close(on domain: isolated LoopDomain) {
        anchor = nil
        let last = exchange(&state, with: .closed)
        if case .ready(let link) = last { link.close(on: domain) }
        refuseWaiting(with: .closed, on: domain)
    }
}

/// There is no connection, or no room on it: the call has to queue.
struct CannotSendYet: Error {}

extension Error {
    /// The connection was lost before the command was sent, so it can be sent again.
    fileprivate var isUnsent: Bool {
        if case .connectionLost(maybeExecuted: false, _) = self as? RedisError { true } else { false }
    }
}

extension RedisError {
    /// The server is not in a state to run commands, and will be, or another server will be in its place.
    fileprivate var isPassing: Bool {
        switch code {
        case "LOADING", "MASTERDOWN", "READONLY": true
        default: false
        }
    }

    fileprivate var isLastingRefusal: Bool {
        guard case .server(_, let message) = self else { return false }
        return !isPassing && !message.contains("max number of clients")
    }
}
