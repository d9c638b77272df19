import Runtime

/// A job that is ready to be put into its queue.
package struct PreparedJob: Sendable {
    package var queue: QueueName
    package var envelope: Envelope
    package var runAt: Timestamp?
    package var unique: Uniqueness?

    package init(queue: QueueName, envelope: Envelope, runAt: Timestamp? = nil, unique: Uniqueness? = nil) {
        self.queue = queue
        self.envelope = envelope
        self.runAt = runAt
        self.unique = unique
    }

    package var id: JobID { envelope.id }

    /// Its payload belongs into PostgreSQL. The outbox has taken care of those of durable jobs.
    var isTooLargeForRedis: Bool { envelope.payload.count > PayloadStore.largestInline }

    /// Needs nothing but to be pushed onto a list.
    var isPlain: Bool { runAt == nil && !envelope.isManaged }
}

/// Which of the ledger's counters a push raises.
package enum LedgerCounter: String, Sendable {
    case enqueued
    /// Put in once more, because Redis may have lost it.
    case repushed
}

/// What became of one pushed job.
package enum PushAnswer: Hashable, Sendable {
    case taken(JobID)
    /// Another job has its unique key; this one was dropped.
    case duplicate(of: JobID)
    /// It took the place of an earlier one that was waiting for its time.
    case replaced(earlier: JobID, by: JobID)

    /// The job that now stands for what was asked.
    package var id: JobID {
        switch self {
        case .taken(let id), .duplicate(let id), .replaced(_, let id): id
        }
    }

    var isDuplicate: Bool {
        if case .duplicate = self { true } else { false }
    }
}
