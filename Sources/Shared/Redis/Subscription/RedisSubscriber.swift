import Runtime

/// What a subscriber hears, in order.
public enum RedisSubscriptionEvent: Sendable {
    /// From now on messages of this channel come. After a gap, some may have been sent that never will.
    case subscribed(channel: RedisBytes, afterGap: Bool)
    case message(channel: RedisBytes, payload: RedisBytes)
    /// A gap begins. The subscriber connects again by itself.
    case interrupted(RedisError)
}

/// Listens to channels on a connection of its own, and makes it anew when it is lost.
public final class RedisSubscriber: Sendable {
    public typealias Event = RedisSubscriptionEvent
    /// Called on the loop.
    public typealias Handler = @Sendable (Event, isolated LoopDomain) -> Void

    public let loop: EventLoop
    private let bound: LoopBound<SubscribedLink>

    public init(_ options: RedisOptions, on loop: EventLoop, channels: Set<String>, handler: @escaping Handler) {
        self.loop = loop
        bound = LoopBound(SubscribedLink(options, channels, handler), to: loop)
        loop.spawn { [bound] in await SubscribedLink.run(bound, on: bound.loop.domain) }
    }

    deinit { close() }

    public func subscribe(to channels: Set<String>) {
        loop.execute { [bound] in bound.value(on: $0).add(channels, on: $0) }
    }

    public func unsubscribe(from channels: Set<String>) {
        loop.execute { [bound] in bound.value(on: $0).remove(channels, on: $0) }
    }

    /// No event comes after those of the present turn.
    public func close() {
        loop.execute { [bound] in bound.value(on: $0).close(on: $0) }
    }
}

extension RedisSubscriber {
    /// The events as a sequence. It fails as overloaded when more than `buffer` of them wait; it ends the subscription
    /// when nobody reads it any more.
    public static func events(
        _ options: RedisOptions, on loop: EventLoop, channels: Set<String>, buffer: Int = 10_000
    ) -> AsyncThrowingStream<Event, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingOldest(buffer)) { events in
            let subscriber = RedisSubscriber(options, on: loop, channels: channels) { event, _ in
                if case .dropped = events.yield(event) { events.finish(throwing: RedisError.overloaded) }
            }
            events.onTermination = { _ in subscriber.close() }
        }
    }
}
