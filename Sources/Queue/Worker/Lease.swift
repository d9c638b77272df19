import CSystem
import Runtime
import Synchronization

/// What one incarnation holds in one queue, as the loop and the heartbeat's thread both see it.
final class Lease: Sendable {
    let queue: QueueName
    let base: String
    let incarnation: String
    /// On the clock that also counts a suspended machine's time.
    private let validUntil: Atomic<UInt64>
    private let lost = Atomic<Bool>(false)

    init(queue: QueueName, base: String, incarnation: String, since start: UInt64, for span: Duration) {
        self.queue = queue
        self.base = base
        self.incarnation = incarnation
        validUntil = Atomic(start + UInt64(span.nanoseconds))
    }

    /// Whether a job may begin: surely before anyone could take it back.
    var isValid: Bool { !isLost && csystem_boottime_ns() < validUntil.load(ordering: .relaxed) }

    var isLost: Bool { lost.load(ordering: .relaxed) }
    func lose() { lost.store(true, ordering: .relaxed) }

    /// `start` is when the beat was sent: the server counts from a later moment.
    func renew(since start: UInt64, for span: Duration) {
        validUntil.store(start + UInt64(span.nanoseconds), ordering: .relaxed)
    }
}
