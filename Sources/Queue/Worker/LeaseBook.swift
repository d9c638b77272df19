import Runtime
import Synchronization

/// The leases of a process, shared between its sessions and the heartbeat.
final class LeaseBook: Sendable {
    struct Entry: Sendable {
        let lease: Lease
        /// The queue's epoch when the lease began: another one means that Redis lost its memory. Empty while the queue has
        /// none yet.
        var epoch: String
        let session: LoopBound<WorkerSession>
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])
    private let runningBySession = Mutex<[ObjectIdentifier: Int]>([:])

    /// How many jobs ran in all sessions when each last said so.
    var running: Int { runningBySession.withLock { $0.values.reduce(0, +) } }

    func note(running count: Int, in session: LoopBound<WorkerSession>) {
        runningBySession.withLock { $0[ObjectIdentifier(session)] = count }
    }

    var all: [Entry] { entries.withLock { Array($0.values) } }

    func add(_ lease: Lease, epoch: String, of session: LoopBound<WorkerSession>) {
        entries.withLock {
            $0[ObjectIdentifier(lease)] = Entry(lease: lease, epoch: epoch, session: session)
        }
    }

    /// The queue has got its first epoch since. A loss would have taken the lease along with the one before.
    func note(firstEpoch epoch: String, of lease: Lease) {
        entries.withLock { $0[ObjectIdentifier(lease)]?.epoch = epoch }
    }

    func remove(_ lease: Lease) {
        lease.lose()
        entries.withLock { $0[ObjectIdentifier(lease)] = nil }
    }
}
