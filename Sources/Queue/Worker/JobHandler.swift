import JSON
import Redis
import Runtime

/// How one kind of job is done. A job may run twice: say above `handle` why that is harmless.
///
/// Returning is success. Throwing a `JobOutcome` discards, fails, snoozes or retries at a set time; any other error is
/// a failure that follows the job's retry policy.
package protocol JobHandler<Payload>: Sendable {
    associatedtype Payload: Job
    func handle(_ job: Payload, _ context: JobContext) async throws
}

/// Does many jobs of one kind at once: those that a worker has taken together.
package protocol BatchHandler<Payload>: Sendable {
    associatedtype Payload: Job
    /// Returning is success for all that were not failed one by one; throwing fails all the others.
    func handle(_ jobs: [BatchItem<Payload>]) async throws
}

/// One job of a batch.
package struct BatchItem<Payload: Job>: Sendable {
    package let job: Payload
    package let context: JobContext

    /// Ends this one as if its handler had thrown; the others are not touched.
    package func fail(_ error: any Error) { context.run.fail(error) }
}

/// The handlers of a worker, by kind.
package struct Handlers: Sendable {
    let all: [AnyHandler]

    package init(_ handlers: [AnyHandler]) {
        var kinds: Set<String> = []
        for handler in handlers {
            precondition(kinds.insert(handler.kind).inserted, "two handlers for jobs of kind \(handler.kind)")
        }
        all = handlers
    }

    /// Those of some queues alone; nil stands for all.
    package func serving(_ chosen: [QueueName]?) -> Handlers {
        chosen.map { chosen in Handlers(all.filter { chosen.contains($0.queue) }) } ?? self
    }

    /// Queues with the kinds that are handled in each.
    package var queues: [QueueName] {
        var seen: Set<QueueName> = []
        return all.map(\.queue).filter { seen.insert($0).inserted }
    }

    func kinds(in queue: QueueName) -> [String] { all.filter { $0.queue == queue }.map(\.kind) }

    /// Its place among all. Few kinds: comparing bytes beats hashing them.
    func place(for envelope: EnvelopeView) -> Int? {
        for place in all.indices where all[place].kindBytes.withUnsafeBytes({ envelope.isKind($0) }) { return place }
        return nil
    }
}

/// A handler without its type. Every run refers to one, so it is counted as one reference.
package final class AnyHandler: Sendable {
    enum Work: Sendable {
        case one(@Sendable (JobRun) async throws -> Void)
        case batch(@Sendable ([JobRun]) async throws -> Void)
    }

    let kind: String
    let kindBytes: [UInt8]
    let queue: QueueName
    let retry: RetryPolicy
    let timeLimit: Duration
    let schemaVersion: UInt8
    let work: Work

    package convenience init<H: JobHandler>(_ handler: H) {
        self.init(
            H.Payload.self,
            .one { run in
                let job = try run.payload.withUnsafeBytes { try JSONCoder.decode(H.Payload.self, from: $0) }
                try await handler.handle(job, JobContext(run))
            })
    }

    package convenience init<H: BatchHandler>(batch handler: H) {
        self.init(
            H.Payload.self,
            .batch { runs in
                var items: [BatchItem<H.Payload>] = []
                for run in runs {
                    do {
                        let job = try run.payload.withUnsafeBytes { try JSONCoder.decode(H.Payload.self, from: $0) }
                        items.append(BatchItem(job: job, context: JobContext(run)))
                    } catch { run.fail(error) }
                }
                if !items.isEmpty { try await handler.handle(items) }
            })
    }

    /// Stands for the handler of a kind that is not known here, where a job of it has to be ended without being run.
    init(strangerIn queue: QueueName) {
        kind = "unknown"
        kindBytes = []
        self.queue = queue
        retry = .never
        timeLimit = .seconds(1)
        schemaVersion = .max
        work = .one { _ in }
    }

    private init<J: Job>(_ job: J.Type, _ work: Work) {
        kind = J.kind
        kindBytes = Array(J.kind.utf8)
        queue = J.queue
        retry = J.retry
        timeLimit = J.timeLimit
        schemaVersion = J.schemaVersion
        self.work = work
    }
}
