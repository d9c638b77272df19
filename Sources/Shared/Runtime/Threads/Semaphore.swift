import Glibc

/// Lets one thread wait for another. Never use it on an event loop.
public final class Semaphore: Sendable {
    // Safe: a semaphore is made to be shared between threads, and lives as long as this object.
    nonisolated(unsafe) private let handle: UnsafeMutablePointer<sem_t>

    public init(_ count: UInt32 = 0) {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, count)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    public func signal() { sem_post(handle) }

    public func wait() {
        while sem_wait(handle) != 0 && errno == EINTR {}
    }

    /// Whether the signal came in time.
    public func wait(for limit: Duration) -> Bool {
        let end = Timestamp.now + limit
        var deadline = timespec()
        deadline.tv_sec = Int(end.seconds)
        deadline.tv_nsec = Int(end.microseconds - end.seconds * 1_000_000) * 1000
        while true {
            if sem_timedwait(handle, &deadline) == 0 { return true }
            if errno != EINTR { return false }
        }
    }
}
