import Postgres
import Redis
import Runtime

/// What was counted of the jobs of one kind over a stretch of time.
package struct KindStatistics: Sendable {
    /// Empty for all kinds of a queue together.
    package let kind: String
    private var counts: [String: Int64] = [:]
    private var waits: [Int: Int64] = [:]
    private var runs: [Int: Int64] = [:]

    init(kind: String) { self.kind = kind }

    mutating func add(_ measure: StatisticsField.Measure, _ amount: Int64) {
        switch measure {
        case .count(let name): counts[name, default: 0] += amount
        case .waited(let bucket): waits[bucket, default: 0] += amount
        case .ran(let bucket): runs[bucket, default: 0] += amount
        }
    }

    /// `done`, `failed`, `dead`, `retrying` and the like.
    package func count(_ name: String) -> Int64 { counts[name] ?? 0 }

    /// So long, or a little less, that share of the jobs waited, or ran; nil where there was none. The bounds are powers
    /// of two.
    package func waited(_ share: Double) -> Duration? { Self.bound(share, in: waits) }
    package func ran(_ share: Double) -> Duration? { Self.bound(share, in: runs) }

    package var runCount: Int64 { runs.values.reduce(0, +) }

    /// What a run took on the average, as far as the buckets tell: each counts with its middle.
    package var meanRun: Duration? {
        guard runCount > 0 else { return nil }
        let sum = runs.reduce(0.0) { $0 + Double($1.value) * 0.75 * Double(Int64(1) << Int64($1.key)) }
        return .microseconds(Int64(sum / Double(runCount)))
    }

    private static func bound(_ share: Double, in buckets: [Int: Int64]) -> Duration? {
        let total = buckets.values.reduce(0, +)
        var seen: Int64 = 0
        for (bucket, amount) in buckets.sorted(by: { $0.key < $1.key }) {
            seen += amount
            if amount > 0, Double(seen) >= share * Double(total) { return .microseconds(Int64(1) << Int64(bucket)) }
        }
        return nil
    }
}

/// Sums up statistics: of the last two hours from Redis, which knows the present minute, of longer stretches from
/// PostgreSQL.
package struct StatisticsReader: Sendable {
    /// What Redis keeps.
    package static let recent = Duration.hours(2)

    private let redis: RedisClient
    private let prefix: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix
    }

    /// By kind, all together first.
    package func recent(_ queue: QueueName, within span: Duration, now: Timestamp = .now) async throws
        -> [KindStatistics]
    {
        let keys = QueueKeys(prefix: prefix, queue: queue)
        let newest = now.seconds / 60
        let minutes = newest - min(span, Self.recent).milliseconds / 60_000...newest
        let answers = try await redis.pipeline { writer in
            for minute in minutes {
                writer.command("HGETALL", expecting: 1)
                writer.append(keys.stats(minute: minute))
            }
        }
        var kinds: [String: KindStatistics] = [:]
        for (name, amount) in answers.flatMap({ $0.fields ?? [:] }) {
            guard let field = StatisticsField(name), let amount = amount.int else { continue }
            kinds[field.kind, default: KindStatistics(kind: field.kind)].add(field.measure, Int64(amount))
        }
        return kinds.values.sorted { $0.kind < $1.kind }
    }

    /// The same of the last days, in the rows that are kept for so long.
    package static func stored(
        _ queue: QueueName, within span: Duration, on database: Database, now: Timestamp = .now
    ) async throws -> [KindStatistics] {
        let rows = StatisticsRollUp.Span.allCases.first { span <= $0.retention } ?? .hour
        let sums: [(String, String, Int64)] = try await database.all(
            """
            select kind, measure, sum(amount)::bigint
            from job_statistics
            where span = \(rows) and queue = \(queue.name) and starts_at >= \(now - span)
            group by kind, measure
            """)
        var kinds: [String: KindStatistics] = [:]
        for (kind, measure, amount) in sums {
            guard let measure = StatisticsField.Measure(measure) else { continue }
            kinds[kind, default: KindStatistics(kind: kind)].add(measure, amount)
        }
        return kinds.values.sorted { $0.kind < $1.kind }
    }
}
