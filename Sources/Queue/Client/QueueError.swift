import Runtime

/// Why a job was not taken.
package enum QueueError: Error, Hashable, CustomStringConvertible {
    /// The queue has its maximum length, or Redis has no memory left. Try again after the time given.
    case full(queue: String, retryAfter: Duration)
    /// The job itself cannot be enqueued: which part, and what is wrong with it.
    case invalid(part: String, reason: String)

    package var description: String {
        switch self {
        case .full(let queue, let delay): "queue \(queue) is full; try again in \(delay.milliseconds) ms"
        case .invalid(let part, let reason): "bad \(part): \(reason)"
        }
    }
}
