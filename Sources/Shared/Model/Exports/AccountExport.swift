import JSON
import Queue
import Runtime

/// All that is kept about a person, packed for them.
package struct AccountExport: Sendable {
    package let id: ID<AccountExport>
    package let user: ID<User>
    package let requestedAt: Timestamp
    package let finishedAt: Timestamp?
    package let expiresAt: Timestamp?
    package let bytes: Int?

    package func isReady(at now: Timestamp) -> Bool { expiresAt.map { now < $0 } ?? false }

    func link(_ places: Places, _ secrets: AccountSecrets) -> String {
        places.route("/exports/\(secrets.downloadTokens.token(for: id))")
    }
}

/// Packs an export.
package struct BuildAccountExport: Job, Codable, Equatable {
    package static let kind = "account.build_export"
    package static let queue = QueueName.maintenance
    package static var timeLimit: Duration { .minutes(15) }
    let export: ID<AccountExport>
}
