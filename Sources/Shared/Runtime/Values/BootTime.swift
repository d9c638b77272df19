import CSystem

/// A moment on the clock that also counts the time in which the machine was suspended: what leases are measured by.
package struct BootTime: Hashable, Sendable, Comparable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static var now: BootTime { BootTime(nanoseconds: csystem_boottime_ns()) }

    package static func < (left: BootTime, right: BootTime) -> Bool { left.nanoseconds < right.nanoseconds }

    package static func - (later: BootTime, earlier: BootTime) -> Duration {
        .nanoseconds(Int64(later.nanoseconds) - Int64(earlier.nanoseconds))
    }

    package static func + (time: BootTime, span: Duration) -> BootTime {
        BootTime(nanoseconds: time.nanoseconds + UInt64(max(span, .zero).nanoseconds))
    }
}
