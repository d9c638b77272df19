import Runtime

/// What becomes of a job after a run.
enum RunEnd {
    case ended(Ending)
    /// For the dead letters, with its whole history.
    case dead([UInt8], reason: String)
    case again(Comeback, Timestamp, [UInt8], reason: String?)

    /// As what it comes back: `ready` is at once.
    enum Comeback {
        case retrying, scheduled, ready, parked
    }

    init(of job: RunningJob, _ error: (any Error)?) {
        switch error {
        case nil: self = .ended(.done)
        case let outcome as JobOutcome: self = RunEnd(of: job, outcome)
        case is AlreadyDone: self = .ended(.done)
        case let obstacle as Obstacle: self = .parked(job, obstacle)
        case let error?: self = RunEnd(of: job, failure: error)
        }
    }

    private init(of job: RunningJob, _ outcome: JobOutcome) {
        switch outcome {
        case .discard: self = .ended(.done)
        case .fail(let reason): self = .died(job, type: "fail", reason)
        case .snooze(let delay):
            self = .again(.scheduled, .now + delay, job.unparkedEnvelope.encoded, reason: nil)
        case .retryAfter(let delay, let reason):
            self = .failed(job, type: "retryAfter", reason, next: .now + delay)
        }
    }

    private init(of job: RunningJob, failure error: any Error) {
        switch job.cancelReason {
        case .requested: self = .ended(.cancelled)
        case .draining: self = .interrupted(job)
        case .timeLimit:
            self = .failed(job, type: "timeLimit", "ran longer than \(job.handler.timeLimit)", next: nil)
        case nil where job.run.isCancelled && error is CancellationError: self = .ended(.cancelled)
        case nil: self = .failed(job, type: "\(type(of: error))", String(describing: error), next: nil)
        }
    }

    /// Not its fault: back to the front, no attempt spent.
    static func interrupted(_ job: RunningJob) -> RunEnd {
        var envelope = job.unparkedEnvelope
        envelope.interruptions = envelope.interruptions.incremented
        return .again(.ready, .now, envelope.encoded, reason: nil)
    }

    static func failed(_ job: RunningJob, type: String, _ reason: String, next: Timestamp?) -> RunEnd {
        let attempts = Int(job.envelope.attempts) + 1
        guard attempts < job.handler.retry.attempts else { return died(job, type: type, reason) }
        let time = next ?? .now + job.handler.retry.jitteredDelay(afterFailures: attempts)
        return .again(.retrying, time, job.failedEnvelope(type, reason).encoded, reason: reason)
    }

    private static func parked(_ job: RunningJob, _ obstacle: Obstacle) -> RunEnd {
        let parking = Parking(job.envelope, obstacle)
        let envelope = parking.envelope.encoded
        if parking.isOverdue { return .dead(envelope, reason: obstacle.reason) }
        return .again(.parked, parking.comesAgain, envelope, reason: obstacle.reason)
    }

    private static func died(_ job: RunningJob, type: String, _ reason: String) -> RunEnd {
        .dead(job.failedEnvelope(type, reason).encoded, reason: reason)
    }

    func settlement(of job: RunningJob, slot: Int) -> QueueLane.Settlement {
        let (outcome, time, envelope): (StaticString, Int64, [UInt8]) =
            switch self {
            case .ended(let ending): (ending.scriptName, 0, [])
            case .dead(let envelope, _): ("dead", 0, envelope)
            case .again(let comeback, let time, let envelope, _): (comeback.scriptName, time.milliseconds, envelope)
            }
        return QueueLane.Settlement(
            slot: slot, id: job.id, outcome: outcome, runAt: time, envelope: envelope,
            hadStoredPayload: job.hasPayloadOfItsOwn)
    }
}

/// The job's row was gone when its handler wanted to commit: somebody else was first.
package struct AlreadyDone: Error {
    package init() {}
}

extension RunningJob {
    /// As it is after a run that had begun.
    fileprivate var unparkedEnvelope: Envelope {
        var envelope = Envelope(envelope)
        envelope.options.leaveParking()
        return envelope
    }

    fileprivate func failedEnvelope(_ type: String, _ reason: String) -> Envelope {
        var envelope = unparkedEnvelope
        envelope.attempts = envelope.attempts.incremented
        envelope.options.add(JobFailure(at: .now, attempt: envelope.attempts, type: type, message: reason))
        return envelope
    }
}

extension UInt8 {
    /// One more, held at the largest.
    var incremented: UInt8 { self == .max ? .max : self + 1 }
}

extension RunEnd.Comeback {
    fileprivate var scriptName: StaticString {
        switch self {
        case .retrying: "retrying"
        case .scheduled: "scheduled"
        case .ready: "ready"
        case .parked: "parked"
        }
    }
}

extension Ending {
    fileprivate var scriptName: StaticString {
        switch self {
        case .done: "done"
        case .dead: "dead"
        case .cancelled: "cancelled"
        case .expired: "expired"
        }
    }
}
