import CSystem

/// A moment in UTC, exact to the microsecond, as PostgreSQL keeps it.
public struct Timestamp: Hashable, Sendable, Comparable {
    /// Since 1970-01-01T00:00:00Z; negative before it.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public init(milliseconds: Int64) { microseconds = milliseconds * 1000 }

    public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    public static var now: Timestamp { Timestamp(microseconds: Int64(csystem_realtime_ns() / 1000)) }

    /// Whole milliseconds, rounded down also before 1970.
    public var milliseconds: Int64 { microseconds.flooredQuotient(by: 1000) }

    /// Whole seconds, rounded down also before 1970.
    public var seconds: Int64 { microseconds.flooredQuotient(by: 1_000_000) }

    /// With a fraction, as metrics have it.
    public var inSeconds: Double { Double(microseconds) / 1e6 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public static func + (time: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds + span.microseconds)
    }

    public static func - (time: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds - span.microseconds)
    }

    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }

    public static func += (time: inout Timestamp, span: Duration) { time = time + span }
}

extension Duration {
    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    public static func days(_ count: Int) -> Duration { .seconds(count * 86400) }

    public var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    public var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    public var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    /// As seconds with a fraction, for metrics and logs.
    public var inSeconds: Double { Double(nanoseconds) / 1e9 }
}

extension Int64 {
    public func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
