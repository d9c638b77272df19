import Runtime
import Synchronization

/// The share of requests that failed through our fault, over the last minutes.
final class ErrorRate: Sendable {
    private let answered = Atomic<UInt64>(0)
    private let failed = Atomic<UInt64>(0)
    private let share = RecentShare(over: .minutes(5), whenIdle: 0)

    init(_ metrics: MetricsRegistry) {
        metrics.computed("error_rate", "Share of requests answered with 500 and above, over five minutes.") {
            [weak self] in self?.value() ?? 0
        }
    }

    func count(_ status: Int) {
        answered.wrappingAdd(1, ordering: .relaxed)
        if status >= 500 { failed.wrappingAdd(1, ordering: .relaxed) }
    }

    private func value() -> Double {
        share.value(
            RecentShare.Counts(part: failed.load(ordering: .relaxed), whole: answered.load(ordering: .relaxed)))
    }
}
