import Postgres

/// How a durable job ended: its row goes, and what waited for it follows.
package enum FinishOutcome: String, Sendable, SQLEncodable {
    case done
    /// Another job with its unique key stands for it.
    case duplicate
    case cancelled
    case expired
    /// It lies among the dead letters now.
    case dead
}

/// The row of a durable job is gone: someone else has ended it, so the work that was done for it must not count.
package struct JobAlreadyFinished: Error, Hashable {
    package let job: JobID
}
