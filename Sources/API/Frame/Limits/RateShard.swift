import Runtime

/// The buckets that one loop knows.
final class RateShard {
    enum Step: Sendable {
        case verdict(RateVerdict)
        /// So many tokens should be borrowed meanwhile.
        case verdictAndWish(RateVerdict, Int)
        /// Only the shared bucket can say.
        case ask

        fileprivate var asksRedis: Bool { if case .verdict = self { false } else { true } }
    }

    private static let most = 100_000

    private let window: Duration
    // Every request looks at these; nothing that is called meanwhile comes back here, so a check of exclusive access at run
    // time would find nothing.
    @exclusivity(unchecked) private var buckets: [RateKey: RateBucket] = [:]
    @exclusivity(unchecked) private var sweepAt = 1024
    /// Until then Redis is not asked, because it did not answer; nil while it does.
    @exclusivity(unchecked) private var aloneUntil: MonotonicTime?
    private static let rest = Duration.seconds(1)

    init(window: Duration) { self.window = window }

    /// `isExact`: nothing is allowed on credit.
    func take(_ key: RateKey, _ rule: RateRule, isExact: Bool, at now: MonotonicTime) -> Step {
        if buckets.count >= sweepAt { sweep(at: now) }
        if let aloneUntil, now < aloneUntil { return .verdict(takeAlone(key, rule, at: now)) }
        let step = withBucket(key, rule, now) { bucket -> Step in
            if isExact { return bucket.refusalIfBlocked(rule, at: now).map { .verdict($0) } ?? .ask }
            guard let verdict = bucket.take(rule, at: now) else { return .ask }
            guard let wish = bucket.wish(rule) else { return .verdict(verdict) }
            return .verdictAndWish(verdict, wish)
        }
        // This one finds out whether Redis is back; the others go on alone meanwhile.
        if aloneUntil != nil, step.asksRedis { aloneUntil = now + Self.rest }
        return step
    }

    func granted(
        _ grant: RateGrant, wanted: Int, _ key: RateKey, _ rule: RateRule, at now: MonotonicTime
    ) {
        aloneUntil = nil
        withBucket(key, rule, now) { $0.granted(grant, wanted: wanted, rule, at: now) }
    }

    /// What the shared bucket said to one request that waited for it.
    func answered(_ grant: RateGrant, _ key: RateKey, _ rule: RateRule, at now: MonotonicTime) -> RateVerdict {
        aloneUntil = nil
        return withBucket(key, rule, now) { $0.answered(grant, rule, at: now) }
    }

    /// Redis did not answer: each loop decides alone for a moment.
    func failed(_ key: RateKey, _ rule: RateRule, at now: MonotonicTime) {
        aloneUntil = now + Self.rest
        withBucket(key, rule, now) { $0.refused() }
    }

    func takeAlone(_ key: RateKey, _ rule: RateRule, at now: MonotonicTime) -> RateVerdict {
        withBucket(key, rule, now) { $0.takeAlone(rule, at: now) }
    }

    private func withBucket<Value>(
        _ key: RateKey, _ rule: RateRule, _ now: MonotonicTime, _ body: (inout RateBucket) -> Value
    ) -> Value {
        body(&buckets[key, default: RateBucket(rule, at: now)])
    }

    /// Lets go of whom nobody has heard of for a window: the shared bucket of each is full again by then.
    private func sweep(at now: MonotonicTime) {
        buckets = buckets.filter { now - $0.value.lastUse < window }
        if buckets.count >= Self.most { buckets = [:] }
        sweepAt = max(1024, buckets.count * 2)
    }
}
