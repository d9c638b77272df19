import Runtime
import Synchronization

/// Whether relays are to be told of rows that were left to them, so that they need not wait for their next look. Not for
/// each: whoever notifies waits for all others who do, until his commit is on disk, and rows are left to relays in
/// numbers just when something is amiss.
final class RelayBell: Sendable {
    static let channel = "switchyard_outbox"
    private static let rest = Duration.milliseconds(200)

    private let rangAt = Mutex<MonotonicTime?>(nil)

    func rings() -> Bool {
        rangAt.withLock { rangAt in
            let now = MonotonicTime.now
            if let last = rangAt, now - last < Self.rest { return false }
            rangAt = now
            return true
        }
    }
}
