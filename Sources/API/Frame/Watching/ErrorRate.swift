import Runtime
import Synchronization

/// The share of requests that failed through our fault, over the last minutes.
final class ErrorRate: Sendable {
    private struct Reading {
        let time: MonotonicTime
        let answered: UInt64
        let failed: UInt64
    }

    private static let span = Duration.minutes(5)

    private let answered = Atomic<UInt64>(0)
    private let failed = Atomic<UInt64>(0)
    private let readings = Mutex<[Reading]>([])

    init(_ metrics: MetricsRegistry) {
        metrics.computed("error_rate", "Share of requests answered with 500 and above, over five minutes.") {
            [weak self] in self?.value(at: .now) ?? 0
        }
    }

    func count(_ status: Int) {
        answered.wrappingAdd(1, ordering: .relaxed)
        if status >= 500 { failed.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Measured from one look to another, and from the oldest look within the span.
    func value(at now: MonotonicTime) -> Double {
        let (first, last) = readings.withLock { readings in
            // Read within the lock, so that no reading is older than the one before it.
            let reading = Reading(
                time: now, answered: self.answered.load(ordering: .relaxed), failed: failed.load(ordering: .relaxed))
            readings.removeAll { now - $0.time > Self.span }
            if readings.count < 1000 { readings.append(reading) }
            let first = readings.count > 1 ? readings[0] : Reading(time: now, answered: 0, failed: 0)
            return (first, reading)
        }
        let answered = last.answered - first.answered
        return answered == 0 ? 0 : Double(last.failed - first.failed) / Double(answered)
    }
}
