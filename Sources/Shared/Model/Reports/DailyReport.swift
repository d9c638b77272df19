import JSON
import Postgres
import Queue
import Runtime

/// Counts what happened on a day: who came, and what was said.
package struct ReportStatistics: Job, Codable, Equatable {
    package static let kind = "report.statistics"
    package static let queue = QueueName.maintenance
    package static var timeLimit: Duration { .minutes(10) }
    /// The day that ends then is counted.
    let end: Timestamp

    package init(end: Timestamp) { self.end = end }

    /// Each day has a report of its own.
    package static func cron() throws -> Cron {
        try Cron("report.statistics", "10 0 * * *", zone: "UTC", missed: .runAll(limit: 7, within: .days(7))) {
            planned in
            ReportStatistics(end: Timestamp(seconds: planned.seconds / 86_400 * 86_400))
        }
    }
}

/// Keeps how the books of the queues stand.
package struct ReportLedger: Job, Codable, Equatable {
    package static let kind = "report.ledger"
    package static let queue = QueueName.maintenance
    let at: Timestamp

    package init(at: Timestamp) { self.at = at }

    /// The books of yesterday cannot be read any more.
    package static func cron() throws -> Cron {
        try Cron("report.ledger", "5 0 * * *", zone: "UTC", missed: .runOnce) { ReportLedger(at: $0) }
    }
}

/// A report of a day. Made again it takes the place of the earlier one.
enum DailyReport {
    static func keep(_ kind: String, of day: Timestamp, _ report: JSONValue, on sql: some SQLRunner) async throws {
        let text = JSONText(try JSONCoder.text(report))
        try await sql.run(
            """
            insert into daily_reports (kind, day, report, made_at)
            values (\(kind), (\(day)::timestamptz at time zone 'UTC')::date, \(text), now())
            on conflict (kind, day) do update set report = excluded.report, made_at = excluded.made_at
            """)
    }
}

extension ReportStatistics {
    /// Ids grow with time, so a day is a range of them.
    package func make(on sql: some SQLRunner) async throws -> [String: Int] {
        let start = end - .days(1)
        let (first, last) = (UUID.v7(at: start), UUID.v7(at: end))
        let counts: [(String, Int)] = try await sql.all(
            """
            select 'people', count(*)::int from users where id >= \(first) and id < \(last)
            union all
            select 'peopleActive', count(distinct user_id)::int from sessions where last_used_at >= \(start)
            union all
            select 'conversations', count(*)::int from conversations where id >= \(first) and id < \(last)
            union all
            select 'messages', count(*)::int from messages
            where id >= \(first) and id < \(last) and type <> 'system'
            union all
            select 'senders', count(distinct sender_id)::int from messages
            where id >= \(first) and id < \(last) and type <> 'system'
            union all
            select 'devices', count(*)::int from devices
            """)
        let report = JSONValue.object(Dictionary(counts.map { ($0.0, .number($0.1)) }) { first, _ in first })
        try await DailyReport.keep("statistics", of: start, report, on: sql)
        return Dictionary(counts) { first, _ in first }
    }
}

extension ReportLedger {
    /// Answers by how much the books of which queues are off.
    package func make(_ client: QueueClient, on sql: some SQLRunner) async throws -> [String: Int] {
        var report: [String: JSONValue] = [:]
        var off: [String: Int] = [:]
        for queue in QueueName.platform {
            let books = try await Balance.read(client.keys(of: queue), from: client.redis)
            report[queue.name] = .object([
                "entered": .number(books.entered), "done": .number(books.done), "dead": .number(books.dead),
                "cancelled": .number(books.cancelled), "expired": .number(books.expired), "lost": .number(books.lost),
                "waiting": .number(books.waiting), "leased": .number(books.leased),
                "difference": .number(books.difference),
            ])
            if books.difference != 0 { off[queue.name] = books.difference }
        }
        let letters: Int = try await sql.one("select coalesce(sum(waiting), 0)::bigint from dead_letter_groups")
        let owed: Int = try await sql.one("select count(*) from outbox")
        report["deadLetters"] = .number(letters)
        report["outbox"] = .number(owed)
        try await DailyReport.keep("ledger", of: at, .object(report), on: sql)
        return off
    }
}
