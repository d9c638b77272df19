import JSON
import Queue
import Runtime

/// Removes what has served its time: codes, sign-ins under way, ended sessions, exports, old entries of the audit log.
package struct PruneAccounts: Job, Codable, Equatable {
    package static let kind = "account.prune"
    package static let queue = QueueName.maintenance
    package static var retry: RetryPolicy { .exponential(attempts: 5, base: .seconds(30), cap: .minutes(10)) }
    package static var timeLimit: Duration { .minutes(10) }

    package init() {}

    package static func cron() throws -> Cron {
        try Cron("account.prune", "17 * * * *", zone: "UTC", missed: .runOnce) { _ in PruneAccounts() }
    }
}
