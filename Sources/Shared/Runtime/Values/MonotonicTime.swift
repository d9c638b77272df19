import CSystem

/// A moment on the clock that never jumps and stands still while the machine sleeps.
public struct MonotonicTime: Hashable, Sendable, Comparable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static var now: MonotonicTime { MonotonicTime(nanoseconds: csystem_monotonic_ns()) }

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (time: MonotonicTime, span: Duration) -> MonotonicTime {
        let span = span.nanoseconds
        return MonotonicTime(
            nanoseconds: span < 0
                ? time.nanoseconds - min(time.nanoseconds, span.magnitude) : time.nanoseconds &+ UInt64(span))
    }

    public static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
        .nanoseconds(Int64(later.nanoseconds) - Int64(earlier.nanoseconds))
    }
}
