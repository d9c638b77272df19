import Redis
import Runtime
import TestSupport
import Testing

@Suite struct RedisSubscriberTests {
    @Test func `messages arrive in order, whatever bytes they hold`() async throws {
        let redis = RedisClient(try Loops.options(), on: Loops.group)
        let channel = try TestStores.current.redisPrefix + "channel"
        let heard = Heard()
        let subscriber = RedisSubscriber(try Loops.options(), on: Loops.group.next(), channels: [channel]) {
            heard.note($0)
            _ = $1
        }
        try await eventually("the subscription") { heard.subscriptions == [channel: false] }
        let messages = (0..<100).map { [UInt8](repeating: UInt8($0), count: $0) }
        let counts = try await redis.pipeline { writer in
            for message in messages {
                writer.command("PUBLISH")
                writer.append(channel)
                writer.append(message)
            }
        }
        #expect(counts.allSatisfy { $0 == .integer(1) })
        try await eventually("all messages") { heard.messages.count == 100 }
        #expect(heard.messages == messages)
        subscriber.close()
        try await eventually("the end") { try await redis.call("PUBLISH", channel, "x") == .integer(0) }
    }

    @Test func `channels come and go while it runs`() async throws {
        let redis = try Loops.client()
        let prefix = try TestStores.current.redisPrefix
        let heard = Heard()
        let subscriber = RedisSubscriber(try Loops.options(), on: Loops.group.next(), channels: []) { event, _ in
            heard.note(event)
        }
        subscriber.subscribe(to: [prefix + "a", prefix + "b"])
        try await eventually("both") { heard.subscriptions.count == 2 }
        subscriber.unsubscribe(from: [prefix + "a"])
        try await eventually("a gone") { try await redis.call("PUBLISH", prefix + "a", "x") == .integer(0) }
        try await redis.call("PUBLISH", prefix + "b", "to b")
        // The channel that went may have had its messages until then.
        try await eventually("a message") { heard.messages.last == Array("to b".utf8) }
        subscriber.close()
    }

    @Test func `after a restart of Redis it listens again and tells of the gap`() async throws {
        let server = try await RedisServer()
        let redis = try Loops.client(server.url)
        let heard = Heard()
        let subscriber = RedisSubscriber(
            try Loops.options(server.url), on: Loops.group.next(), channels: ["one", "two"]
        ) { event, _ in heard.note(event) }
        try await eventually("the subscriptions") { heard.subscriptions == ["one": false, "two": false] }
        try await server.restart()
        try await eventually("the subscriptions again") { heard.subscriptions == ["one": true, "two": true] }
        #expect(heard.interruptions == 1)
        try await redis.call("PUBLISH", "two", "after")
        try await eventually("a message") { heard.messages == [Array("after".utf8)] }
        subscriber.close()
    }

    @Test func `a server that falls silent is noticed`() async throws {
        let server = try await RedisServer()
        let heard = Heard()
        let options = try Loops.options(server.url) { $0.callLimit = .milliseconds(200) }
        let subscriber = RedisSubscriber(options, on: Loops.group.next(), channels: ["one"]) { event, _ in
            heard.note(event)
        }
        try await eventually("the subscription") { heard.subscriptions.keys.contains("one") }
        // On a busy machine it may have seemed silent before.
        let before = heard.interruptions
        server.freeze()
        try await eventually("an interruption") { heard.interruptions > before }
        server.thaw()
        try await eventually("the subscription again") { heard.subscriptions == ["one": true] }
        subscriber.close()
    }

    @Test func `the sequence ends when the reader does`() async throws {
        let server = try await RedisServer()
        let redis = try Loops.client(server.url)
        let options = try Loops.options(server.url)
        let reader = Task {
            var texts: [String] = []
            for try await event in RedisSubscriber.events(options, on: Loops.group.next(), channels: ["news"]) {
                if case .message(_, let payload) = event { texts.append(payload.string) }
                if texts.count == 3 { break }
            }
            return texts
        }
        try await eventually("the subscription") { try await redis.call("PUBLISH", "news", "early") == .integer(1) }
        try await redis.call("PUBLISH", "news", "b")
        try await redis.call("PUBLISH", "news", "c")
        #expect(try await reader.value == ["early", "b", "c"])
        try await eventually("the end") { try await redis.call("PUBLISH", "news", "x") == .integer(0) }
    }
}

/// What a subscriber heard.
private final class Heard: Sendable {
    private let all = Shared<[RedisSubscriptionEvent]>([])

    func note(_ event: RedisSubscriptionEvent) { all.change { $0.append(event) } }

    /// By channel, whether the latest subscription came after a gap.
    var subscriptions: [String: Bool] {
        all.value.reduce(into: [:]) { found, event in
            if case .subscribed(let channel, let afterGap) = event { found[channel.string] = afterGap }
        }
    }

    var messages: [[UInt8]] {
        all.value.compactMap { if case .message(_, let payload) = $0 { payload.toArray() } else { nil } }
    }

    var interruptions: Int {
        all.value.count { if case .interrupted = $0 { true } else { false } }
    }
}
