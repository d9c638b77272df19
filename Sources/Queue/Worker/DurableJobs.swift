import Redis
import Runtime

/// What a worker needs of the durable side.
package protocol DurableJobs: Sendable {
    /// The jobs have ended for good: deletes their rows, in one statement. Ids without a row are no error.
    func finish(_ ids: [JobID], as ending: Ending) async throws
    /// Payloads too large for Redis. An id that is missing from the answer has no payload any more.
    func payloads(of jobs: [EnvelopeView]) async throws -> [JobID: [UInt8]]
    /// Redis knows nothing of the queue: gives it an epoch, and what operators have set for it.
    func found(_ queue: QueueName) async throws
    /// The payloads of volatile jobs that have ended.
    func forgetPayloads(of ids: [JobID]) async throws
}

/// How a job ended for good.
package enum Ending: String, Sendable, CaseIterable {
    case done
    case dead
    case cancelled
    case expired
}
