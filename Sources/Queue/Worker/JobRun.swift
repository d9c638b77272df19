import Redis
import Runtime
import Synchronization

/// One run of one job on this worker. What its loop alone touches lies in `RunningJob`.
package final class JobRun: Sendable {
    package let id: JobID
    package let envelope: EnvelopeView
    let handler: AnyHandler
    let parts: WorkerParts
    /// Opened and fetched from where it lies, if need be.
    let payload: RedisBytes
    let started: MonotonicTime

    private struct Verdict {
        var error: (any Error)?
        var isClaimed = false
        var isAbandoned = false
    }

    private let verdict = Mutex(Verdict())

    init(_ envelope: EnvelopeView, payload: RedisBytes, _ handler: AnyHandler, _ parts: WorkerParts) {
        id = envelope.id
        self.envelope = envelope
        self.payload = payload
        self.handler = handler
        self.parts = parts
        started = .now
    }

    var isDurable: Bool { envelope.attributes.contains(.durable) }

    /// The outbox row went in the handler's own transaction.
    var isClaimed: Bool { verdict.withLock { $0.isClaimed } }
    func noteClaimed() { verdict.withLock { $0.isClaimed = true } }

    /// Settled without its handler, whose further writes have to be refused.
    var isAbandoned: Bool { verdict.withLock { $0.isAbandoned } }
    func noteAbandoned() { verdict.withLock { $0.isAbandoned = true } }

    /// What a batch handler said about this job alone.
    var failure: (any Error)? { verdict.withLock { $0.error } }
    func fail(_ error: any Error) { verdict.withLock { $0.error = error } }
}

/// What is the same for all jobs of a worker.
package final class WorkerParts: Sendable {
    let queue: QueueClient
    let durable: (any DurableJobs)?
    let logger: Logger
    let middleware: [any JobMiddleware]

    init(
        queue: QueueClient, durable: (any DurableJobs)?, logger: Logger, middleware: [any JobMiddleware]
    ) {
        self.queue = queue
        self.durable = durable
        self.logger = logger
        self.middleware = middleware
    }
}

/// Wraps every run of every job.
package protocol JobMiddleware: Sendable {
    func around(_ context: JobContext, _ run: () async throws -> Void) async throws
}
