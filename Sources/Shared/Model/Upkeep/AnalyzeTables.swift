import JSON
import Postgres
import Queue
import Runtime

/// Tells PostgreSQL how large the hot tables have become, before its own round comes to them: a plan that was made for a small
/// table is slow on a large one.
package struct AnalyzeTables: Job, Codable, Equatable {
    package static let kind = "upkeep.analyze"
    package static let queue = QueueName.maintenance
    package static var retry: RetryPolicy { .never }
    package static var timeLimit: Duration { .minutes(10) }

    package init() {}

    /// The next run is as good as one that was missed.
    package static func cron() throws -> Cron {
        try Cron("upkeep.analyze", "7,37 * * * *", zone: "UTC", missed: .skip) { _ in AnalyzeTables() }
    }
}

extension AnalyzeTables {
    private static let tables: [SQL] = [
        "users", "sessions", "conversations", "members", "member_periods", "messages", "mentions", "notifications",
        "devices",
        "user_changes",
    ]

    /// Each by itself, and apart from the shared connections, behind which others would wait. Answers how many they were.
    package func analyze(on database: Database) async throws -> Int {
        for table in Self.tables {
            try Task.checkCancellation()
            try await database.transaction { try await $0.run("analyze (skip_locked) \(table)") }
        }
        return Self.tables.count
    }
}
