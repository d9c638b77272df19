import JSON
import Runtime

/// What may be asked for: the payload of one kind of job. Any process can enqueue it without linking its handler.
///
///     struct SendPush: Job, Codable {
///         static let kind = "push.send"
///         static let queue = QueueName("push")
///         let notification: ID<Notification>
///     }
///
/// A hot kind writes its JSON conformances by hand in place of `Codable`.
/// Keep ids, not snapshots: a handler reads fresh when it runs.
package protocol Job: Sendable, JSONReadable, JSONWritable {
    /// The name on the wire: never renamed, at most 64 bytes of `a-z 0-9 . _ -`.
    static var kind: String { get }
    static var queue: QueueName { get }
    static var retry: RetryPolicy { get }
    /// How long one run may take before it is cancelled.
    static var timeLimit: Duration { get }
    static var priority: Priority { get }
    /// Raised when the payload changes its shape; the decoder of the new shape must still read the old one.
    static var schemaVersion: UInt8 { get }
}

extension Job {
    package static var retry: RetryPolicy { .standard }
    package static var timeLimit: Duration { .minutes(1) }
    package static var priority: Priority { .normal }
    package static var schemaVersion: UInt8 { 1 }
}

/// Stands for any job in the type of an id.
package enum QueuedJob {}

package typealias JobID = ID<QueuedJob>
