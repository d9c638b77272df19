import Redis
import Runtime
import Synchronization

/// One run of one job on this worker. What its loop alone touches lies in `RunningJob`.
package final class JobRun: Sendable {
    package let id: JobID
    package let envelope: EnvelopeView
    let handler: AnyHandler
    let parts: WorkerParts
    let started: MonotonicTime
    /// Where its session keeps what belongs to it.
    let place: Int

    /// What is rarely said of a run; looked at for every run, so without a lock.
    private struct Notes {
        static let isClaimed: UInt8 = 1
        static let isAbandoned: UInt8 = 2
        static let hasFailed: UInt8 = 4
        static let isOpened: UInt8 = 8
        static let isCancelled: UInt8 = 16
    }

    private let notes = Atomic<UInt8>(0)
    private let opened = Mutex(RedisBytes())
    private let ownFailure = Mutex<(any Error)?>(nil)

    init(
        _ envelope: EnvelopeView, _ handler: AnyHandler, _ parts: WorkerParts, place: Int = 0,
        started: MonotonicTime = .now
    ) {
        id = envelope.id
        self.envelope = envelope
        self.handler = handler
        self.parts = parts
        self.place = place
        self.started = started
    }

    var isDurable: Bool { envelope.attributes.contains(.durable) }

    /// Fetched from where it lies and decrypted, if need be.
    var payload: RedisBytes { has(Notes.isOpened) ? opened.withLock { $0 } : envelope.payload }

    func setPayload(_ bytes: RedisBytes) {
        opened.withLock { $0 = bytes }
        note(Notes.isOpened)
    }

    /// The outbox row went in the handler's own transaction.
    var isClaimed: Bool { has(Notes.isClaimed) }
    func noteClaimed() { note(Notes.isClaimed) }

    /// Settled without its handler, whose further writes have to be refused.
    var isAbandoned: Bool { has(Notes.isAbandoned) }
    func noteAbandoned() { note(Notes.isAbandoned) }

    /// Somebody wishes this one not to go on, while its task runs others too.
    var isCancelled: Bool { has(Notes.isCancelled) }
    func noteCancelled() { note(Notes.isCancelled) }

    /// What a batch handler said about this job alone.
    var failure: (any Error)? { has(Notes.hasFailed) ? ownFailure.withLock { $0 } : nil }

    func fail(_ error: any Error) {
        ownFailure.withLock { $0 = error }
        note(Notes.hasFailed)
    }

    private func has(_ bit: UInt8) -> Bool { notes.load(ordering: .acquiring) & bit != 0 }
    private func note(_ bit: UInt8) { notes.bitwiseOr(bit, ordering: .releasing) }
}

/// What is the same for all jobs of a worker.
package final class WorkerParts: Sendable {
    let queue: QueueClient
    let durable: (any DurableJobs)?
    let logger: Logger
    let tracer: Tracer?
    let suspectSeat = SuspectSeat()
    let complaints = Complaints()

    init(queue: QueueClient, durable: (any DurableJobs)?, logger: Logger, tracer: Tracer? = nil) {
        self.tracer = tracer
        self.queue = queue
        self.durable = durable
        self.logger = logger
    }
}
