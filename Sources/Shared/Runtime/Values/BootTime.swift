import CSystem

/// A moment on the clock that also counts the time in which the machine was suspended: what leases are measured by.
public struct BootTime: Hashable, Sendable, Comparable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static var now: BootTime { BootTime(nanoseconds: csystem_boottime_ns()) }

    public static func < (left: BootTime, right: BootTime) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func - (later: BootTime, earlier: BootTime) -> Duration {
        .nanoseconds(Int64(later.nanoseconds) - Int64(earlier.nanoseconds))
    }

    public static func + (time: BootTime, span: Duration) -> BootTime {
        BootTime(nanoseconds: time.nanoseconds + UInt64(max(span, .zero).nanoseconds))
    }
}
