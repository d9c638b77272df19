import CSystem

/// A moment on the clock that never jumps and stands still while the machine sleeps.
package struct MonotonicTime: Hashable, Sendable, Comparable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static var now: MonotonicTime { MonotonicTime(nanoseconds: csystem_monotonic_ns()) }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    package static func + (time: MonotonicTime, span: Duration) -> MonotonicTime {
        let span = span.nanoseconds
        return MonotonicTime(
            nanoseconds: span < 0
                ? time.nanoseconds - min(time.nanoseconds, span.magnitude) : time.nanoseconds &+ UInt64(span))
    }

    package static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
        .nanoseconds(Int64(later.nanoseconds) - Int64(earlier.nanoseconds))
    }
}
