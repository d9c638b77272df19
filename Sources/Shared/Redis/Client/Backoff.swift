import Runtime

/// How long to wait before the next try: doubling, with a random part so that many clients do not return at once.
struct Backoff {
    private let first: Duration
    private let longest: Duration
    private var failures = 0

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// The wait after one more failure: between half and all of the doubled time.
    mutating func next(random: Double = Double.random(in: 0..<1)) -> Duration {
        let whole = min(longest, first * (1 << min(failures, 20)))
        failures += 1
        return whole * (0.5 + random / 2)
    }

    mutating func reset() { failures = 0 }
}
