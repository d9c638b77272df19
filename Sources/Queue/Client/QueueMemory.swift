import Redis
import Runtime
import Synchronization

/// Whether Redis has room for more jobs. Volatile ones are refused a little before it is full, so that what is left is
/// for durable ones and for the work of those that wait; durable ones stay in the outbox until there is room again.
///
/// Redis' own `maxmemory` is the last word: this looks only now and then.
package final class QueueMemory: Sendable {
    /// How full it is.
    enum Level: UInt8, Comparable {
        case roomy, nearlyFull, full

        static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    }

    /// Of the bound, from which on volatile jobs are refused.
    private static let shareOfVolatile = 0.9

    private let bound: Int?
    private let level = Atomic<UInt8>(Level.roomy.rawValue)
    private let complaints = Complaints()
    private let logger: Logger

    /// `bound` in bytes, besides that of Redis itself.
    package init(bound: Int?, logger: Logger) {
        self.bound = bound
        self.logger = logger
    }

    /// Asks Redis how full it is.
    package func look(at redis: some RedisCaller, within limit: Duration? = nil) async throws {
        let text = try await redis.call("INFO", "memory", within: limit).expectString()
        let used = Self.field("used_memory", of: text) ?? 0
        let bounds = [bound, Self.field("maxmemory", of: text)].compactMap { $0 }.filter { $0 > 0 }
        note(used: used, of: bounds.min())
    }

    private func note(used: Int, of bound: Int?) {
        let level = bound.map { Self.level(used: used, of: $0) } ?? .roomy
        self.level.store(level.rawValue, ordering: .relaxed)
        if level == .roomy {
            guard let lasted = complaints.end("memory") else { return }
            logger.info("redis has room for jobs again", ["after": .duration(lasted)])
        } else if complaints.isNews("memory") {
            logger.error(
                "redis has no room for more jobs: volatile ones are refused",
                ["used": .int(used), "bound": .int(bound ?? 0)])
        }
    }

    private static func level(used: Int, of bound: Int) -> Level {
        if used >= bound { return .full }
        return Double(used) >= Double(bound) * shareOfVolatile ? .nearlyFull : .roomy
    }

    /// Throws when it is as full as that.
    func checkIsBelow(_ bound: Level, for queue: QueueName) throws(QueueError) {
        guard level.load(ordering: .relaxed) >= bound.rawValue else { return }
        throw QueueError.full(queue: queue.name, retryAfter: .seconds(5))
    }

    private static func field(_ name: String, of text: String) -> Int? {
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
        return line.flatMap { Int($0.dropFirst(name.utf8.count + 1)) }
    }
}
