import Runtime

/// The part of a subscriber that lives on its loop.
final class SubscribedLink: RedisLinkOwner {
    private let options: RedisOptions
    private var channels: Set<String>
    private var handler: RedisSubscriber.Handler?
    private var link: RedisLink?
    private var backoff: Backoff
    /// Those that Redis has ever confirmed to us: hearing it again means that there was a gap.
    private var confirmed: Set<RedisBytes> = []
    private var isInterrupted = false
    /// The running task, while it waits for the end of the link.
    private var waiting: ParkingID?

    init(_ options: RedisOptions, _ channels: Set<String>, _ handler: @escaping RedisSubscriber.Handler) {
        self.options = options
        self.channels = channels
        self.handler = handler
        backoff = Backoff(first: options.firstBackoff, longest: options.longestBackoff)
    }

    // MARK: Life

    static func run(_ bound: LoopBound<SubscribedLink>, on domain: isolated LoopDomain) async {
        await bound.value(on: domain).run(on: domain)
    }

    private func run(on domain: isolated LoopDomain) async {
        while handler != nil {
            let began = MonotonicTime.now
            do {
                let link = try await RedisLink.open(options, on: domain)
                guard handler != nil else { return link.close(on: domain) }
                begin(with: link, on: domain)
                try await domain.park(within: nil) { parking in
                    waiting = parking
                    if !link.isOpen { domain.unpark(parking) }
                }
            } catch {
                interrupt(error as? RedisError ?? .unreachable(reason: "\(error)"), on: domain)
            }
            if MonotonicTime.now - began > options.longestBackoff { backoff.reset() }
            if handler != nil { try? await domain.sleep(for: backoff.next()) }
        }
    }

    private func begin(with link: RedisLink, on domain: isolated LoopDomain) {
        self.link = link
        isInterrupted = false
        link.owner = self
        link.isSubscribed = true
        tell("SUBSCRIBE", channels, on: domain)
        keepAlive(link, on: domain)
    }

    /// A subscriber mostly listens, so it has to ask now and then whether the server is still there.
    private func keepAlive(_ link: RedisLink, on domain: isolated LoopDomain) {
        domain.schedule(after: options.callLimit / 2) {
            guard link.isOpen else { return }
            if link.silence >= self.options.callLimit {
                return link.end(because: .connectionLost(maybeExecuted: false, reason: "silent"), on: domain)
            }
            link.tell(on: domain) { $0.command("PING") }
            self.keepAlive(link, on: domain)
        }
    }

    func lost(_ link: RedisLink, because error: RedisError, on domain: isolated LoopDomain) {
        self.link = nil
        if let waiting = exchange(&waiting, with: nil) { domain.unpark(waiting) }
        interrupt(error, on: domain)
    }

    /// Reported once per gap, however many attempts it takes to end it.
    private func interrupt(_ error: RedisError, on domain: isolated LoopDomain) {
        guard !isInterrupted else { return }
        isInterrupted = true
        handler?(.interrupted(error), domain)
    }

    func close(on domain: isolated LoopDomain) {
        handler = nil
        link?.close(on: domain)
    }

    // MARK: Channels

    func add(_ more: Set<String>, on domain: isolated LoopDomain) {
        let new = more.subtracting(channels)
        channels.formUnion(new)
        tell("SUBSCRIBE", new, on: domain)
    }

    func remove(_ some: Set<String>, on domain: isolated LoopDomain) {
        let known = some.intersection(channels)
        channels.subtract(known)
        confirmed.subtract(known.map { RedisBytes($0) })
        tell("UNSUBSCRIBE", known, on: domain)
    }

    private func tell(_ command: StaticString, _ channels: Set<String>, on domain: isolated LoopDomain) {
        guard let link, !channels.isEmpty else { return }
        link.tell(on: domain) { writer in
            writer.command(command, expecting: channels.count)
            for channel in channels { writer.append(channel) }
        }
    }

    // MARK: Messages

    func heard(_ value: RedisValue, on link: RedisLink, _ domain: isolated LoopDomain) {
        if case .failure(let error) = value.outcome { return link.end(because: error, on: domain) }
        guard let parts = value.array, parts.count == 3, let kind = parts[0].bytes, let channel = parts[1].bytes
        else { return }
        if kind == Self.message, let payload = parts[2].bytes {
            handler?(.message(channel: channel, payload: payload), domain)
        } else if kind == Self.subscribe {
            // A copy of the name alone: the answer's memory need not live as long as the subscription.
            let isNew = confirmed.insert(RedisBytes(channel.toArray())).inserted
            handler?(.subscribed(channel: channel, afterGap: !isNew), domain)
        }
    }

    private static let message: RedisBytes = "message"
    private static let subscribe: RedisBytes = "subscribe"
}
