import Redis
import Runtime

/// How a queue stands.
package struct QueueOverview: Sendable {
    package let queue: QueueName
    package let balance: Balance
    package let settings: QueueSettings
    /// Since when the job that is next of those seen first waits; of each priority, and of the keys whose turn is next.
    package let oldestReady: Timestamp?
    /// When the next job that waits for its time is due.
    package let nextDue: Timestamp?
    /// Of the last one to two minutes.
    package let donePerSecond: Double
    package let failedPerSecond: Double

    package static func read(_ queue: QueueName, from redis: RedisClient, prefix: String) async throws -> QueueOverview
    {
        let keys = QueueKeys(prefix: prefix, queue: queue)
        let balance = try await Balance.read(keys, from: redis)
        let now = Timestamp.now
        let answers = try await redis.pipeline { writer in
            writer.command("HGETALL")
            writer.append(keys.control)
            writer.command("ZRANGE")
            for argument in [keys.due, "0", "0", "WITHSCORES"] { writer.append(argument) }
            for minute in [now.seconds / 60 - 1, now.seconds / 60] {
                writer.command("HMGET")
                writer.append(keys.stats(minute: minute))
                writer.append("done")
                writer.append("failed")
            }
            for priority in Priority.allCases {
                writer.command("LINDEX")
                writer.append(keys.ready(priority))
                writer.append(-1)
            }
            writer.command("ZRANGE")
            for argument in [keys.keyRing, "0", "15"] { writer.append(argument) }
        }
        let heads = answers[4..<7].compactMap(\.bytes) + (try await heads(of: answers[7], keys, redis))
        let span = 60 + Double(now.microseconds % 60_000_000) / 1e6
        func perSecond(_ field: Int) -> Double {
            Double(answers[2...3].reduce(0) { $0 + ($1.array?[field].int ?? 0) }) / span
        }
        return QueueOverview(
            queue: queue, balance: balance, settings: QueueSettings(try answers[0].expectFields()),
            oldestReady: heads.compactMap { EnvelopeView($0)?.readySince }.min(),
            nextDue: (answers[1].array?.last?.string).flatMap { Double($0) }.map { Timestamp(milliseconds: Int64($0)) },
            donePerSecond: perSecond(0), failedPerSecond: perSecond(1))
    }

    private static func heads(
        of ring: RedisValue, _ keys: QueueKeys, _ redis: RedisClient
    ) async throws -> [RedisBytes] {
        guard let ring = ring.array, !ring.isEmpty else { return [] }
        return try await redis.pipeline { writer in
            for key in ring.compactMap(\.string) {
                writer.command("LINDEX")
                writer.append(keys.keyList(key))
                writer.append(-1)
            }
        }.compactMap(\.bytes)
    }
}

extension EnvelopeView {
    /// Since when it could run, as far as the envelope tells: a retry's time is not in it.
    package var readySince: Timestamp {
        let enqueued = id.uuid.time
        guard hasOptions else { return enqueued }
        let options = options
        return max(options.runAt ?? enqueued, options.errors.last?.at ?? enqueued, enqueued)
    }
}
