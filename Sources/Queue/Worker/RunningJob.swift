import Runtime

/// A job in a slot of a lane, from the moment it was taken until its end is on its way to Redis. Confined to its loop.
final class RunningJob {
    enum CancelReason {
        case requested
        case timeLimit
        case draining
    }

    let envelope: EnvelopeView
    let handler: AnyHandler
    /// The place of its handler among all of the worker; nil when there is none, and the job only has to be ended.
    let kind: Int?
    let lane: QueueLane
    /// Nil once another worker may have the job: then it may end here, but says nothing in Redis.
    var slot: Int?
    var started: MonotonicTime
    let run: JobRun
    var task: Task<Void, Never>?
    var cancelReason: CancelReason?
    var cancelledAt: MonotonicTime?
    /// What becomes of it is known; Redis may not have heard of it yet.
    var hasEnded = false
    /// The others that its task runs, which are not to be stopped with it.
    var batch: SharedTask?
    /// It has the process's place for suspects.
    var holdsSuspectSeat = false
    /// Settled without waiting for the handler any longer.
    var isAbandoned = false
    /// Just being settled without it: the place stays taken until the handler comes back.
    var isBeingAbandoned = false

    init(_ run: JobRun, kind: Int?, in lane: QueueLane, slot: Int) {
        self.run = run
        self.kind = kind
        started = run.started
        envelope = run.envelope
        handler = run.handler
        self.lane = lane
        self.slot = slot
    }

    var id: JobID { envelope.id }

    /// A payload that nobody else deletes when the job has ended.
    var hasPayloadOfItsOwn: Bool {
        envelope.attributes.contains(.payloadStored) && !envelope.attributes.contains(.durable)
    }

    func cancel(because reason: CancelReason) {
        guard cancelReason == nil, !hasEnded else { return }
        if batch != nil && reason == .requested { return run.noteCancelled() }
        cancelReason = reason
        cancelledAt = .now
        task?.cancel()
    }
}

/// The task of a batch handler, which is abandoned once for all its jobs. Confined to their loop.
final class SharedTask {
    private var abandoned = 0

    /// Whether it is the first of them.
    func abandonOne() -> Bool {
        abandoned += 1
        return abandoned == 1
    }

    /// Whether it is the last.
    func oneCameBack() -> Bool {
        abandoned -= 1
        return abandoned == 0
    }
}
