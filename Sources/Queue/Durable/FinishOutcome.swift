import Postgres

/// How the row of a durable job ends, which is more than a worker can tell.
enum FinishOutcome: String, Sendable, SQLEncodable {
    case done
    /// Another job with its unique key stands for it.
    case duplicate
    case cancelled
    case expired
    /// It lies among the dead letters now.
    case dead

    init(_ ending: Ending) {
        switch ending {
        case .done: self = .done
        case .dead: self = .dead
        case .cancelled: self = .cancelled
        case .expired: self = .expired
        }
    }
}

/// The row of a durable job is gone: someone else has ended it, so the work that was done for it must not count.
package struct JobAlreadyFinished: Error, Hashable {
    package let job: JobID
}
