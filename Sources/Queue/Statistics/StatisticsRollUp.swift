import Postgres
import Redis
import Runtime

/// Brings the minutes that Redis keeps for two hours into PostgreSQL, and sums them up for longer ranges. Whatever is
/// done twice comes out the same.
package struct StatisticsRollUp: Sendable {
    /// Minutes that one row covers, and for how long such rows are kept.
    package enum Span: Int16, Sendable, CaseIterable, SQLEncodable {
        case minute = 1
        case fiveMinutes = 5
        case hour = 60

        var retention: Duration {
            switch self {
            case .minute: .days(1)
            case .fiveMinutes: .days(7)
            case .hour: .days(30)
            }
        }

        var duration: Duration { .minutes(Int(rawValue)) }
    }

    let database: Database
    let client: QueueClient

    package init(database: Database, client: QueueClient) {
        self.database = database
        self.client = client
    }

    /// All queues: the last `minutes`, the present one included. Some overlap picks up what workers reported late.
    package func run(_ queues: [QueueName], minutes: Int = 5, now: Timestamp = .now) async throws {
        for queue in queues { try await store(queue, minutes: minutes, now: now) }
        let since = now - .minutes(minutes)
        try await sumUp(into: .fiveMinutes, since: since)
        try await sumUp(into: .hour, since: since)
    }

    private func store(_ queue: QueueName, minutes: Int, now: Timestamp) async throws {
        let newest = now.seconds / 60
        let range = Array((newest - Int64(minutes) + 1)...newest)
        let keys = client.keys(of: queue)
        let answers = try await client.redis.pipeline { writer in
            for minute in range {
                writer.command("HGETALL", expecting: 1)
                writer.append(keys.stats(minute: minute))
            }
        }
        var rows = StatisticsRows()
        for (minute, answer) in zip(range, answers) {
            for (name, amount) in answer.fields ?? [:] {
                guard let field = StatisticsField(name), let amount = amount.int else { continue }
                rows.add(field, Int64(amount), at: Timestamp(seconds: minute * 60))
            }
        }
        try await rows.write(queue, on: database)
    }

    /// A minute never counts less than it did, though Redis may have forgotten some of it.
    private func sumUp(into span: Span, since: Timestamp) async throws {
        try await database.run(
            """
            insert into job_statistics (span, queue, starts_at, kind, measure, amount)
            select \(span), queue, date_bin(\(span.duration), starts_at, 'epoch'::timestamptz), kind, measure, sum(amount)
            from job_statistics
            where span = 1 and starts_at >= date_bin(\(span.duration), \(since), 'epoch'::timestamptz)
            group by 2, 3, 4, 5
            on conflict (span, queue, starts_at, kind, measure)
            do update set amount = greatest(job_statistics.amount, excluded.amount)
            """)
    }

    /// Removes what is older than its span is kept. How many rows these were.
    @discardableResult
    package func prune(now: Timestamp = .now) async throws -> Int {
        var count = 0
        for span in Span.allCases {
            count += try await database.run(
                "delete from job_statistics where span = \(span) and starts_at < \(now - span.retention)",
                within: .minutes(1))
        }
        return count
    }

    /// What was counted in a queue, oldest first.
    package func read(
        _ queue: QueueName, from start: Timestamp, to end: Timestamp, by span: Span
    ) async throws -> [StatisticsPoint] {
        try await database.all(
            """
            select starts_at, kind, measure, amount
            from job_statistics
            where span = \(span) and queue = \(queue.name) and starts_at >= \(start) and starts_at < \(end)
            order by starts_at, kind, measure
            """)
    }
}

/// One count of one span.
package struct StatisticsPoint: Sendable, Hashable, RowDecodable {
    package let startsAt: Timestamp
    package let field: StatisticsField
    package let amount: Int64

    package init(row: Row) throws(RowError) {
        startsAt = try row["starts_at"]
        let measure: String = try row["measure"]
        field = StatisticsField(StatisticsField.Measure(measure) ?? .count(measure), kind: try row["kind"])
        amount = try row["amount"]
    }
}

/// Counts of several minutes, turned into columns.
private struct StatisticsRows {
    private var starts: [Timestamp] = []
    private var kinds: [String] = []
    private var measures: [String] = []
    private var amounts: [Int64] = []

    mutating func add(_ field: StatisticsField, _ amount: Int64, at start: Timestamp) {
        starts.append(start)
        kinds.append(field.kind)
        measures.append("\(field.measure)")
        amounts.append(amount)
    }

    func write(_ queue: QueueName, on database: Database) async throws {
        guard !starts.isEmpty else { return }
        try await database.run(
            """
            insert into job_statistics (span, queue, starts_at, kind, measure, amount)
            select 1, \(queue.name), s.starts_at, s.kind, s.measure, max(s.amount)
            from unnest(\(starts), \(kinds), \(measures), \(amounts)) as s (starts_at, kind, measure, amount)
            group by s.starts_at, s.kind, s.measure
            order by s.starts_at, s.kind, s.measure
            on conflict (span, queue, starts_at, kind, measure)
            do update set amount = greatest(job_statistics.amount, excluded.amount)
            """)
    }
}
