import Runtime

/// A transaction that waits for a connection of its own. Its ticket becomes the number of the lease.
final class LeaseRequest {
    let ticket: UInt64
    let deadline: MonotonicTime
    private var continuation: UnsafeContinuation<Void, any Error>?

    init(ticket: UInt64, deadline: MonotonicTime, continuation: UnsafeContinuation<Void, any Error>) {
        self.ticket = ticket
        self.deadline = deadline
        self.continuation = continuation
    }

    var isAnswered: Bool { continuation == nil }

    func answer() {
        continuation?.resume()
        continuation = nil
    }

    func answer(throwing error: any Error) {
        continuation?.resume(throwing: error)
        continuation = nil
    }
}
