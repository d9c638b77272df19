import JSON
import Postgres
import Queue
import Runtime

/// Removes the bodies of webhooks that were processed long ago. What they said is in the books, as facts, and stays.
package struct PruneWebhooks: Job, Codable, Equatable {
    package static let kind = "payment.prune_webhooks"
    package static let queue = QueueName.payments
    package static var retry: RetryPolicy { .exponential(attempts: 5, base: .seconds(30), cap: .minutes(10)) }
    package static var timeLimit: Duration { .minutes(10) }

    package init() {}

    package static func cron() throws -> Cron {
        try Cron("payment.prune_webhooks", "50 3 * * *", zone: "Asia/Kolkata", missed: .runOnce) { _ in PruneWebhooks()
        }
    }
}

extension Payments {
    /// Those alone that nobody has to process any more. Answers how many went.
    package func pruneWebhooks() async throws -> Int {
        let time = now - config.webhookRetention
        return try await Pieces.all {
            try await database.run(
                """
                delete from webhook_events
                where id in (
                    select id from webhook_events where processed_at < \(time) order by processed_at limit \(Pieces.size)
                )
                """)
        }
    }
}
