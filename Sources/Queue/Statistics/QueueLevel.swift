import Postgres
import Runtime

/// How full a queue was.
package struct QueueLevel: Sendable, Hashable {
    package let ready: Int
    package let due: Int
    package let leased: Int
    /// For how long the oldest of the ready jobs had waited.
    package let age: Duration
}

/// Keeps the levels of queues for charts: the most of each minute, of five, of an hour.
package struct QueueLevels: Sendable {
    let database: Database
    let client: QueueClient

    package init(database: Database, client: QueueClient) {
        self.database = database
        self.client = client
    }

    package func store(_ queues: [QueueName], now: Timestamp = .now) async throws {
        for queue in queues {
            let overview = try await QueueOverview.read(queue, from: client.redis, prefix: client.prefix)
            let age = overview.oldestReady.map { max(now - $0, .zero) } ?? .zero
            let balance = overview.balance
            let starts = StatisticsRollUp.Span.allCases.map { span in
                Timestamp(seconds: now.seconds / span.duration.seconds * span.duration.seconds)
            }
            try await database.run(
                """
                insert into queue_levels as l (span, queue, starts_at, ready, due, leased, age_ms)
                select s.span, \(queue.name), s.starts_at, \(balance.ready), \(balance.due), \(balance.leased),
                    \(age.milliseconds)
                from unnest(\(StatisticsRollUp.Span.allCases.map(\.rawValue)), \(starts)) as s (span, starts_at)
                order by s.span
                on conflict (span, queue, starts_at) do update set
                    ready = greatest(l.ready, excluded.ready), due = greatest(l.due, excluded.due),
                    leased = greatest(l.leased, excluded.leased), age_ms = greatest(l.age_ms, excluded.age_ms)
                """)
        }
    }

    @discardableResult
    package func prune(now: Timestamp = .now) async throws -> Int {
        var count = 0
        for span in StatisticsRollUp.Span.allCases {
            count += try await database.run(
                "delete from queue_levels where span = \(span) and starts_at < \(now - span.retention)")
        }
        return count
    }
}

extension Duration {
    fileprivate var seconds: Int64 { components.seconds }
}
