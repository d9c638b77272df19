import Postgres
import Runtime

/// How a batch stands.
package struct BatchStatus: Sendable, RowDecodable {
    package let id: BatchID
    package let parent: BatchID?
    package let description: String
    package let createdAt: Timestamp
    package let sealedAt: Timestamp?
    package let completedAt: Timestamp?
    package let succeededAt: Timestamp?
    package let cancelledAt: Timestamp?
    /// How many jobs were ever added.
    package let total: Int
    package let pending: Int
    package let failed: Int
    /// Batches within it that are not complete.
    package let openChildren: Int

    package var done: Int { max(total - pending - failed, 0) }

    package init(row: Row) throws(RowError) {
        id = try row["id"]
        parent = try row["parent_id"]
        description = try row["description"]
        createdAt = try row["created_at"]
        sealedAt = try row["sealed_at"]
        completedAt = try row["completed_at"]
        succeededAt = try row["succeeded_at"]
        cancelledAt = try row["cancelled_at"]
        total = try row["total"]
        pending = try row["pending"]
        failed = try row["failed"]
        openChildren = try row["open_children"]
    }
}

/// Why a batch takes no more jobs.
package enum BatchError: Error, Hashable {
    case unknown(BatchID)
    /// It is sealed, and whoever adds is none of its running jobs; or it is complete.
    case closed(BatchID)
    case cancelled(BatchID)
}

/// What is enqueued when a batch ends.
package struct BatchCallbacks: Sendable {
    /// When every job has ended in some way, once.
    package var onComplete: PreparedJob?
    /// When every job has succeeded, dead ones after a retry.
    package var onSuccess: PreparedJob?

    package init(onComplete: PreparedJob? = nil, onSuccess: PreparedJob? = nil) {
        self.onComplete = onComplete
        self.onSuccess = onSuccess
    }
}
