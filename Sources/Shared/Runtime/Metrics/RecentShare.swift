import Synchronization

/// The share of some among all over the last while, measured from one look to the next: for what is read as a rate as it
/// stands, without a server that remembers.
public final class RecentShare: Sendable {
    /// Both only grow.
    public struct Counts: Sendable {
        let part: UInt64
        let whole: UInt64

        public init(part: UInt64, whole: UInt64) {
            self.part = part
            self.whole = whole
        }
    }

    private static let mostReadings = 1000
    private let span: Duration
    private let idle: Double
    private let readings = Mutex<[(time: MonotonicTime, counts: Counts)]>([])

    /// `idle` is said where nothing happened.
    public init(over span: Duration, whenIdle idle: Double) {
        self.span = span
        self.idle = idle
    }

    /// The counts are read within the lock, so that of two who look at once none sees less than the other has kept.
    public func value(_ read: @autoclosure () -> Counts, at now: MonotonicTime = .now) -> Double {
        let (first, counts) = readings.withLock { readings in
            let counts = read()
            readings.removeAll { now - $0.time > span }
            if readings.count < Self.mostReadings { readings.append((now, counts)) }
            return (readings.count > 1 ? readings[0].counts : Counts(part: 0, whole: 0), counts)
        }
        let whole = counts.whole - first.whole
        return whole == 0 ? idle : Double(counts.part - first.part) / Double(whole)
    }
}
