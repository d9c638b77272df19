import Postgres
import Runtime

/// What was counted over a range, step by step, the oldest first: as charts draw it.
package struct StatisticsSeries: Sendable {
    package struct Point: Sendable {
        package let startsAt: Timestamp
        package fileprivate(set) var counted = KindStatistics(kind: "")
        /// The most of the step; nil where nobody looked.
        package fileprivate(set) var level: QueueLevel?
    }

    package let range: StatisticsRange
    package private(set) var points: [Point]

    /// Of one queue, or of all together.
    package static func read(
        _ range: StatisticsRange, of queue: QueueName? = nil, on database: Database, now: Timestamp = .now
    ) async throws -> StatisticsSeries {
        let step = range.step
        let newest = now.milliseconds / step.milliseconds
        let count = range.duration.milliseconds / step.milliseconds
        let starts = (newest - count + 1...newest).map { Timestamp(milliseconds: $0 * step.milliseconds) }
        var series = StatisticsSeries(range: range, points: starts.map { Point(startsAt: $0) })
        guard let first = starts.first else { return series }
        try await series.addCounts(of: queue, since: first, on: database)
        try await series.addLevels(of: queue, since: first, on: database)
        return series
    }

    private func place(of start: Timestamp) -> Int? {
        guard let first = points.first else { return nil }
        let place = Int((start - first.startsAt).milliseconds / range.step.milliseconds)
        return points.indices.contains(place) ? place : nil
    }

    private mutating func addCounts(of queue: QueueName?, since first: Timestamp, on database: Database) async throws {
        var condition: SQL = "span = \(range.rows) and kind = '' and starts_at >= \(first)"
        if let queue { condition = "\(condition) and queue = \(queue.name)" }
        let rows = try await database.all(
            """
            select date_bin(\(range.step), starts_at, 'epoch'::timestamptz), measure, sum(amount)::bigint
            from job_statistics
            where \(condition)
            group by 1, 2
            """, as: (Timestamp, String, Int64).self)
        for (start, name, amount) in rows {
            guard let place = place(of: start), let measure = StatisticsField.Measure(name) else { continue }
            points[place].counted.add(measure, amount)
        }
    }

    /// Of all queues together: the sum of what each had at the most, and the greatest age.
    private mutating func addLevels(of queue: QueueName?, since first: Timestamp, on database: Database) async throws {
        var condition: SQL = "span = \(range.rows) and starts_at >= \(first)"
        if let queue { condition = "\(condition) and queue = \(queue.name)" }
        let rows = try await database.all(
            """
            select start, sum(ready)::bigint, sum(due)::bigint, sum(leased)::bigint, max(age_ms)
            from (
                select date_bin(\(range.step), starts_at, 'epoch'::timestamptz) as start, queue, max(ready) as ready,
                    max(due) as due, max(leased) as leased, max(age_ms) as age_ms
                from queue_levels
                where \(condition)
                group by 1, 2
            ) levels
            group by start
            """, as: (Timestamp, Int, Int, Int, Int64).self)
        for (start, ready, due, leased, age) in rows {
            guard let place = place(of: start) else { continue }
            points[place].level = QueueLevel(ready: ready, due: due, leased: leased, age: .milliseconds(age))
        }
    }
}
