import Redis
import Runtime

/// One run of a handler in the calling task, without a worker and its slots: what the testing kit stands on. Payload,
/// trace, and the decision what becomes of the job are those of a worker.
package struct InlineRun: Sendable {
    /// What became of a job, and what would go back into the queue.
    package struct Outcome: Sendable {
        /// As scripts name it: done, dead, retrying, scheduled, ready, parked …
        package let name: String
        package let runAt: Timestamp
        package let envelope: [UInt8]
        package let reason: String?
    }

    private let handlers: Handlers
    private let parts: WorkerParts

    package init(
        handlers: Handlers, queue: QueueClient, durable: (any DurableJobs)? = nil, logger: Logger
    ) {
        self.handlers = handlers
        parts = WorkerParts(queue: queue, durable: durable, logger: logger)
    }

    /// Nil when there is no handler for its kind.
    package func callAsFunction(_ envelope: EnvelopeView) async -> Outcome? {
        guard let place = handlers.place(for: envelope) else { return nil }
        let handler = handlers.all[place]
        let run = JobRun(envelope, handler, parts)
        var failure: (any Error)?
        do {
            switch handler.work {
            case .one: try await JobRunner.Work.one(run).perform()
            case .batch: try await JobRunner.Work.batch([run]).perform()
            }
        } catch { failure = error }
        let lane = QueueLane(handler.queue, keys: parts.queue.keys(of: handler.queue), weight: 1, kinds: [])
        let job = RunningJob(run, kind: place, in: lane, slot: 0)
        let end = RunEnd(of: job, run.failure ?? failure)
        let settlement = end.settlement(of: job, slot: 0)
        return Outcome(
            name: "\(settlement.outcome)", runAt: Timestamp(milliseconds: settlement.runAt),
            envelope: settlement.envelope, reason: end.reason)
    }
}

extension RunEnd {
    fileprivate var reason: String? {
        switch self {
        case .ended: nil
        case .dead(_, let reason): reason
        case .again(_, _, _, let reason): reason
        }
    }
}
