import Runtime
import Synchronization

/// The leases of a process, shared between its sessions and the heartbeat.
final class LeaseBook: Sendable {
    struct Entry: Sendable {
        let lease: Lease
        /// The queue's epoch when the lease began: another one means that Redis lost its memory.
        let epoch: String
        let session: LoopBound<WorkerSession>
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    var all: [Entry] { entries.withLock { Array($0.values) } }

    func add(_ lease: Lease, epoch: String, of session: LoopBound<WorkerSession>) {
        entries.withLock {
            $0[ObjectIdentifier(lease)] = Entry(lease: lease, epoch: epoch, session: session)
        }
    }

    func remove(_ lease: Lease) {
        lease.lose()
        entries.withLock { $0[ObjectIdentifier(lease)] = nil }
    }
}
