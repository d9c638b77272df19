import Runtime
import Synchronization

/// What one incarnation holds in one queue, as the loop and the heartbeat's thread both see it.
final class Lease: Sendable {
    let queue: QueueName
    let base: String
    let incarnation: String
    /// Nanoseconds of `BootTime`.
    private let validUntil: Atomic<UInt64>
    private let lost = Atomic<Bool>(false)

    /// `asked` is when the lease was asked for: the server counts from a later moment.
    init(queue: QueueName, base: String, incarnation: String, asked: BootTime, for span: Duration) {
        self.queue = queue
        self.base = base
        self.incarnation = incarnation
        validUntil = Atomic((asked + span).nanoseconds)
    }

    /// Whether a job may begin: surely before anyone could take it back.
    var isValid: Bool { !isLost && BootTime.now.nanoseconds < validUntil.load(ordering: .relaxed) }

    var isLost: Bool { lost.load(ordering: .relaxed) }
    func lose() { lost.store(true, ordering: .relaxed) }

    func renew(asked: BootTime, for span: Duration) {
        validUntil.store((asked + span).nanoseconds, ordering: .relaxed)
    }
}
