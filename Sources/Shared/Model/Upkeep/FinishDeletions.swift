import JSON
import Postgres
import Queue
import Runtime

/// Looks for accounts whose deletion is due and did not happen: its job died, or was deleted.
package struct FinishDeletions: Job, Codable, Equatable {
    package static let kind = "account.finish_deletions"
    package static let queue = QueueName.maintenance

    package init() {}

    /// What is due is due at the next look too.
    package static func cron() throws -> Cron {
        try Cron("account.finish_deletions", "47 * * * *", zone: "UTC", missed: .runOnce) { _ in FinishDeletions() }
    }
}

extension FinishDeletions {
    /// An hour is left to the job that was owed with the wish. One for each person waits at a time.
    package func owe(at now: Timestamp, on transaction: JobTransaction) async throws -> Int {
        let users: [ID<User>] = try await transaction.all(
            """
            select user_id from account_deletions
            where finished_at is null and due_at < \(now - .hours(1))
            order by due_at
            limit 1000
            """)
        for user in users {
            try await transaction.enqueue(
                DeleteAccount(user: user), JobOptions(unique: .untilDone("account.delete:\(user)")))
        }
        return users.count
    }
}
