import JSON
import Postgres
import Queue
import Runtime

/// Removes what nobody will ask for any more: devices, notifications, kept answers, failures of addresses, old reports.
package struct PruneTables: Job, Codable, Equatable {
    package static let kind = "upkeep.prune"
    package static let queue = QueueName.maintenance
    package static var retry: RetryPolicy { .exponential(attempts: 5, base: .seconds(30), cap: .minutes(10)) }
    package static var timeLimit: Duration { .minutes(10) }

    package init() {}

    /// What is old is old an hour later too.
    package static func cron() throws -> Cron {
        try Cron("upkeep.prune", "37 * * * *", zone: "UTC", missed: .runOnce) { _ in PruneTables() }
    }
}

extension PruneTables {
    /// Answers how many rows of what went.
    package func prune(at now: Timestamp, on database: Database) async throws -> [(name: String, rows: Int)] {
        [
            ("devices", try await Pieces.all { try await Self.devices(before: now - .days(270), on: database) }),
            (
                "notifications",
                try await Pieces.all { try await Self.notifications(before: now - .days(180), on: database) }
            ),
            ("keptAnswers", try await Pieces.all { try await Self.answers(before: now - .hours(24), on: database) }),
            (
                "suppressions",
                try await Pieces.all {
                    try await Suppression.prune(before: now - Suppression.memory, limit: Pieces.size, on: database)
                }
            ),
            ("failedMessages", try await Pieces.all { try await Self.failed(before: now - .days(30), on: database) }),
            ("reports", try await Pieces.all { try await Self.reports(before: now - .days(800), on: database) }),
        ]
    }

    /// Applications name their device whenever they are opened.
    private static func devices(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from devices where id in (select id from devices where registered_at < \(time) limit \(Pieces.size))
            """)
    }

    /// Ids grow with time.
    private static func notifications(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from notifications
            where id in (select id from notifications where id < \(UUID.v7(at: time)) limit \(Pieces.size))
            """)
    }

    private static func answers(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from idempotency_keys
            where ctid = any (array(select ctid from idempotency_keys where created_at < \(time) limit \(Pieces.size)))
            """)
    }

    /// Those that could not be sent; whoever wrote them was told.
    private static func failed(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from scheduled_messages
            where id in (
                select id from scheduled_messages where failure is not null and send_at < \(time) limit \(Pieces.size)
            )
            """)
    }

    private static func reports(before time: Timestamp, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from daily_reports
            where ctid = any (array(select ctid from daily_reports where made_at < \(time) limit \(Pieces.size)))
            """)
    }
}
