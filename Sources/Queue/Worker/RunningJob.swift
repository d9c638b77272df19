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
    let lane: QueueLane
    /// Nil once another worker may have the job: then it may end here, but says nothing in Redis.
    var slot: Int?
    let started = MonotonicTime.now
    var run: JobRun?
    var task: Task<Void, Never>?
    var cancelReason: CancelReason?
    var cancelledAt: MonotonicTime?
    /// Settled without waiting for the handler any longer.
    var isAbandoned = false

    init(_ envelope: EnvelopeView, _ handler: AnyHandler, in lane: QueueLane, slot: Int) {
        self.envelope = envelope
        self.handler = handler
        self.lane = lane
        self.slot = slot
    }

    var id: JobID { envelope.id }

    func cancel(because reason: CancelReason) {
        guard cancelReason == nil else { return }
        cancelReason = reason
        cancelledAt = .now
        task?.cancel()
    }
}
