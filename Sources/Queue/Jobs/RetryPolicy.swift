import Runtime

/// How often a failing job is tried, and how long it waits in between.
package struct RetryPolicy: Hashable, Sendable {
    /// Runs in all, the first included.
    package let attempts: Int
    let base: Duration
    let factor: Double
    let cap: Duration

    /// Waits of `base`, 2 × `base`, 4 × `base` … up to `cap`.
    package static func exponential(attempts: Int, base: Duration, cap: Duration) -> RetryPolicy {
        RetryPolicy(attempts: attempts, base: base, factor: 2, cap: cap)
    }

    /// The same wait each time.
    package static func fixed(attempts: Int, every delay: Duration) -> RetryPolicy {
        RetryPolicy(attempts: attempts, base: delay, factor: 1, cap: delay)
    }

    /// A failure is final.
    package static let never = RetryPolicy(attempts: 1, base: .zero, factor: 1, cap: .zero)

    /// 20 attempts over about four and a half hours.
    package static let standard = exponential(attempts: 20, base: .seconds(2), cap: .minutes(20))

    private init(attempts: Int, base: Duration, factor: Double, cap: Duration) {
        precondition((1...255).contains(attempts), "a job is tried 1 to 255 times")
        self.attempts = attempts
        self.base = base
        self.factor = factor
        self.cap = cap
    }

    /// The wait after `failures` failed runs (1 at the least), without jitter.
    package func delay(afterFailures failures: Int) -> Duration {
        var milliseconds = Double(base.milliseconds)
        let limit = Double(cap.milliseconds)
        for _ in 1..<max(failures, 1) {
            milliseconds *= factor
            if milliseconds >= limit { break }
        }
        return .milliseconds(Int64(min(milliseconds, limit)))
    }

    /// The same within 75 to 125 %, so that what failed together does not come back together.
    package func jitteredDelay(afterFailures failures: Int, random: UInt64 = Entropy.bits()) -> Duration {
        let share = 0.75 + 0.5 * Double(random >> 11) / Double(1 << 53)
        return .milliseconds(Int64(Double(delay(afterFailures: failures).milliseconds) * share))
    }
}
