import Redis
import Runtime
import TestSupport

@testable import Queue

/// Puts garbage into all keys of a queue, as `QueueLayout` has them.
struct Poisoning {
    let redis: RedisClient
    let keys: QueueKeys
    /// No envelopes, or none of a kind that there is.
    let rubbish: [[UInt8]]
    /// How much of it the books count, once it has moved on.
    private(set) var counted = 0

    init(_ yard: Yard, _ queue: QueueName, _ rubbish: [[UInt8]]) {
        redis = yard.redis
        keys = yard.queue.keys(of: queue)
        self.rubbish = rubbish
    }

    /// On both sides of what is there.
    mutating func poisonAll() async throws {
        for (name, shape) in QueueLayout.kinds.sorted(by: { $0.key < $1.key }) {
            for part in parts(of: name) { try await poison(name, part, shape) }
        }
        _ = try await redis.call("ZADD", keys.workers, 1, "ghost")
        _ = try await redis.call("HSET", keys.control, "cancelling", 1)
    }

    /// Of a kind that has a part which differs: what stands there.
    private func parts(of name: String) -> [String] {
        switch name {
        case "ready:": Priority.allCases.map { "\($0.rawValue)" }
        case "leased:": ["ghost"]
        case "stats:": (0..<3).map { "\(Timestamp.now.seconds / 60 - Int64($0))" }
        case "keys:list:", "keys:holders:", "keys:limit:": ["odd"]
        case "unique:", "tracked:": ["0123456789abcdef"]
        default: [""]
        }
    }

    private mutating func poison(_ name: String, _ part: String, _ shape: QueueLayout.Shape) async throws {
        let key = keys.base + name + part
        switch shape {
        case .jobs, .list:
            for (place, value) in rubbish.enumerated() {
                _ = try await redis.call(place % 2 == 0 ? "LPUSH" : "RPUSH", key, value)
            }
            // What is on its way to the dead letters has been counted.
            if shape == .jobs, name != "dead" { counted += rubbish.count }
            guard name == "keys:list:" else { return }
            _ = try await redis.call("ZADD", keys.keyRing, 0, part)
        case .jobHash, .hash:
            for (place, value) in rubbish.enumerated() { _ = try await redis.call("HSET", key, field(place), value) }
            if name == "leased:" { counted += rubbish.count }
        case .sortedSet:
            for (place, value) in rubbish.enumerated() { _ = try await redis.call("ZADD", key, place, value) }
            // Some of them have an envelope, others have none.
            guard name == "due" else { return }
            for place in rubbish.indices { _ = try await redis.call("ZADD", key, place, field(place * 2)) }
            counted += Set(rubbish).count + rubbish.count
        case .set: for value in rubbish { _ = try await redis.call("SADD", key, value) }
        case .text: if name != "epoch" { _ = try await redis.call("SET", key, rubbish[rubbish.count / 2]) }
        }
    }

    private func field(_ place: Int) -> String { "odd \(place)" }
}
