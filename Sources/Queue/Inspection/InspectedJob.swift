import Redis
import Runtime

/// Where a job that has not ended is.
package enum JobState: String, Sendable, CaseIterable {
    case ready, scheduled, retrying, parked, leased, suspect

    /// Of a job that waits for its time.
    init(due envelope: EnvelopeView) {
        let options = envelope.options
        if options.parkedSince != nil { self = .parked } else { self = options.errors.isEmpty ? .scheduled : .retrying }
    }

    package var isDue: Bool { self == .scheduled || self == .retrying || self == .parked }
}

/// A job that was found in Redis.
package struct InspectedJob: Sendable {
    package let queue: QueueName
    package let state: JobState
    package let envelope: EnvelopeView
    /// When it is due, if it waits for its time.
    package var dueAt: Timestamp?
    /// The incarnation that runs it.
    package var holder: String?
    /// The key of the list that it lies in.
    var list: String?

    package init(
        queue: QueueName, state: JobState, envelope: EnvelopeView, dueAt: Timestamp? = nil, holder: String? = nil
    ) {
        self.queue = queue
        self.state = state
        self.envelope = envelope
        self.dueAt = dueAt
        self.holder = holder
    }

    package var id: JobID { envelope.id }

    func lying(in list: String?) -> InspectedJob {
        var job = self
        job.list = list
        return job
    }
}

/// A part of a list of jobs.
package struct JobPage: Sendable {
    package var jobs: [InspectedJob] = []
    /// Where the next page begins; nil at the end.
    package var next: String?
    /// What lies there and cannot be read as a job.
    package var unreadable = 0
    /// Jobs under keys that are at their limit are only listed by key.
    package var hiddenUnderKeys = 0

    package init() {}
}

/// Which jobs of a state are wanted.
package struct JobFilter: Sendable {
    package var kind: String?
    package var key: String?

    package init(kind: String? = nil, key: String? = nil) {
        self.kind = kind
        self.key = key
    }

    func accepts(_ envelope: EnvelopeView) -> Bool {
        (kind == nil || envelope.kind == kind) && (key == nil || envelope.key == key)
    }
}

/// A place in a list of jobs that does not exist.
package struct BadCursor: Error, CustomStringConvertible {
    package let text: String

    package init(text: String) { self.text = text }

    package var description: String { "\"\(text)\" is not the cursor of a page of this list" }
}
