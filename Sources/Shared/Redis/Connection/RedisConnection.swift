import Runtime

/// A connection of one's own: for blocking commands, for WATCH, and for who has to know of every disconnect. When it is
/// lost it stays lost. Many calls may be under way at once; their commands and answers keep their order.
public final class RedisConnection: RedisCaller {
    /// Called on the connection's loop, exactly once: a closure made there stays isolated to it.
    public typealias ReplyHandler = (Result<RedisValue, RedisError>) -> Void
    public typealias CloseHandler = @Sendable (RedisError, isolated LoopDomain) -> Void

    public let loop: EventLoop
    private let bound: LoopBound<DedicatedLink>

    /// Connects on `loop`. `onClose` hears of the end, whoever caused it, after all calls have got their errors.
    public static func connect(
        _ options: RedisOptions, on loop: EventLoop, onClose: CloseHandler? = nil
    ) async throws -> RedisConnection {
        try await connect(options, on: loop.domain, onClose)
    }

    private static func connect(
        _ options: RedisOptions, on domain: isolated LoopDomain, _ onClose: CloseHandler?
    ) async throws -> RedisConnection {
        let link = try await RedisLink.open(options, on: domain)
        return RedisConnection(link, onClose, on: domain)
    }

    private init(_ link: RedisLink, _ onClose: CloseHandler?, on domain: isolated LoopDomain) {
        loop = domain.loop
        bound = LoopBound(DedicatedLink(), to: domain.loop)
        let dedicated = bound.value(on: domain)
        dedicated.link = link
        dedicated.onClose = onClose
        link.owner = dedicated
    }

    deinit { close() }

    public func call(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        guard loop.isCurrent else {
            return try await withTaskExecutorPreference(loop) { try await call(within: limit, on: loop.domain, encode) }
        }
        // No hop into the domain and back: each costs more than the command.
        guard !Task.isCancelled else { throw CancellationError() }
        do {
            let answer: RedisValue = try await withUnsafeThrowingContinuation { continuation in
                bound.onCurrentLoop { dedicated, domain in
                    guard let link = dedicated.link else { return continuation.resume(throwing: RedisError.closed) }
                    let deadline = link.clock.deadline(limit, from: domain.now)
                    link.send(.task(continuation), until: deadline, on: domain, encode)
                }
            }
            return try answer.outcome.get()
        } catch let call as UnansweredCall {
            return try await LateReply.wait(for: call.reply, on: loop.domain).outcome.get()
        }
    }

    /// For code that is in the loop's domain already: nothing has to be sendable.
    public func call(
        within limit: Duration? = nil, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        let link = link(on: domain)
        let answer = try await link.ask(until: link.clock.deadline(limit, from: domain.now), on: domain, encode)
        return try answer.outcome.get()
    }

    public func pipeline(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        try await pipeline(within: limit, on: loop.domain, encode)
    }

    public func pipeline(
        within limit: Duration? = nil, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        let link = link(on: domain)
        return try await link.askAll(until: link.clock.deadline(limit, from: domain.now), on: domain, encode)
    }

    /// Sends without waiting; `handle` gets the answer on the loop. Costs no task and no suspension.
    public func send(
        within limit: Duration? = nil, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void,
        then handle: @escaping ReplyHandler
    ) {
        let link = link(on: domain)
        link.send(.handler(handle), until: link.clock.deadline(limit, from: domain.now), on: domain, encode)
    }

    /// A command that Redis answers after up to `timeout` (BLPOP …). The limit is a little longer. Who is cancelled, or
    /// hears nothing, loses the connection too: an answer that came later would carry away what it holds.
    public func block(
        for timeout: Duration, margin: Duration = .seconds(2), _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        do {
            return try await call(within: timeout + margin, encode)
        } catch let error where error is CancellationError || error as? RedisError == .timedOut(maybeExecuted: true) {
            close()
            throw error
        }
    }

    public func isOpen(on domain: isolated LoopDomain) -> Bool { link(on: domain).isOpen }

    /// How many commands wait for their answers.
    public func outstanding(on domain: isolated LoopDomain) -> Int { link(on: domain).outstanding }

    /// Ends it; whoever waits gets an error.
    public func close() {
        loop.execute { [bound] in bound.value(on: $0).link?.close(on: $0) }
    }

    private func link(on domain: isolated LoopDomain) -> RedisLink {
        guard let link = bound.value(on: domain).link else {
            preconditionFailure("a connection has its link from the start")
        }
        return link
    }
}

/// The part of a connection that stays on its loop.
private final class DedicatedLink: RedisLinkOwner {
    var link: RedisLink?
    var onClose: RedisConnection.CloseHandler?

    func lost(_ link: RedisLink, because error: RedisError, on domain: isolated LoopDomain) {
        exchange(&onClose, with: nil)?(error, domain)
    }
}
