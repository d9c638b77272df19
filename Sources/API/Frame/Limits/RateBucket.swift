import Runtime

/// What one loop knows of a bucket: tokens borrowed from the shared one, or a bucket of its own while Redis is away.
struct RateBucket {
    /// Borrowed and not used; below zero what was allowed before the first answer came.
    private(set) var credit = 0
    /// Tokens that the shared bucket held when it was last asked.
    private var left: Int
    private var blockedUntil = MonotonicTime(nanoseconds: 0)
    /// Grows while a subject asks for much, so that it costs fewer round trips.
    private var batch = 2
    private(set) var isAsking = false
    private(set) var lastUse: MonotonicTime
    /// When a bucket that stands alone would be full.
    private var fullAt = MonotonicTime(nanoseconds: 0)

    private static let largestBatch = 256

    init(_ rule: RateRule, at now: MonotonicTime) {
        left = rule.burst
        lastUse = now
    }

    // MARK: With the shared bucket

    /// Takes a token; nil where only the shared bucket can say.
    mutating func take(_ rule: RateRule, at now: MonotonicTime) -> RateVerdict? {
        lastUse = now
        if now < blockedUntil { return refusal(rule, until: blockedUntil, at: now) }
        guard credit > -debt(rule) else { return nil }
        credit -= 1
        return allowance(rule)
    }

    /// How many tokens to borrow now; nil where there are enough, or someone asks already.
    mutating func wish(_ rule: RateRule) -> Int? {
        let batch = batch(rule)
        guard !isAsking, credit < (batch + 1) / 2 else { return nil }
        isAsking = true
        return batch - credit
    }

    mutating func granted(_ grant: RateGrant, wanted: Int, _ rule: RateRule, at now: MonotonicTime) {
        isAsking = false
        credit += grant.given
        left = grant.left
        batch = min(batch * 2, Self.largestBatch)
        if credit > 0 {
            // Who asked meanwhile may have found nothing, since all that was left is here.
            blockedUntil = now
        } else if grant.given < wanted {
            // What was allowed on credit and cannot be paid is let go: the subject waits instead.
            credit = 0
            block(until: grant, at: now)
        }
    }

    mutating func refused() { isAsking = false }

    /// For whom each request is asked for: what was answered before still holds.
    mutating func refusalIfBlocked(_ rule: RateRule, at now: MonotonicTime) -> RateVerdict? {
        lastUse = now
        return now < blockedUntil ? refusal(rule, until: blockedUntil, at: now) : nil
    }

    /// The answer to a request that waited for it.
    mutating func answered(_ grant: RateGrant, _ rule: RateRule, at now: MonotonicTime) -> RateVerdict {
        left = grant.left
        if grant.given > 0 { return allowance(rule) }
        if credit > 0 {
            // Borrowed since this request asked.
            credit -= 1
            return allowance(rule)
        }
        block(until: grant, at: now)
        return refusal(rule, until: blockedUntil, at: now)
    }

    private mutating func block(until grant: RateGrant, at now: MonotonicTime) {
        blockedUntil = now + .microseconds(max(grant.microsecondsToNext, 1000))
    }

    /// Near the end tokens are taken one by one, so that none lies where it is not asked for.
    private func batch(_ rule: RateRule) -> Int {
        left < rule.burst / 4 ? 1 : max(1, min(batch, rule.burst / 20))
    }

    /// How many are allowed before the answer to whoever asks has come: none once the shared bucket was seen empty.
    private func debt(_ rule: RateRule) -> Int { left == 0 ? 0 : max(1, min(Self.largestBatch, rule.burst / 20)) }

    // MARK: Alone

    /// Takes a token of the loop's own bucket.
    mutating func takeAlone(_ rule: RateRule, at now: MonotonicTime) -> RateVerdict {
        lastUse = now
        if credit > 0 {
            credit -= 1
            return allowance(rule)
        }
        let full = max(fullAt, now).nanoseconds + rule.interval
        let ahead = full - now.nanoseconds
        let room = UInt64(rule.burst) * rule.interval
        guard ahead <= room else {
            return refusal(rule, until: MonotonicTime(nanoseconds: full - room), at: now)
        }
        fullAt = MonotonicTime(nanoseconds: full)
        left = Int((room - ahead) / rule.interval)
        return allowance(rule)
    }

    // MARK: Verdicts

    private func allowance(_ rule: RateRule) -> RateVerdict {
        let remaining = max(0, min(left + credit, rule.burst))
        let missing = UInt64(rule.burst - remaining) * rule.interval
        return RateVerdict(limit: rule.burst, remaining: remaining, resetSeconds: Self.seconds(missing))
    }

    private func refusal(_ rule: RateRule, until time: MonotonicTime, at now: MonotonicTime) -> RateVerdict {
        let wait = max(time.nanoseconds, now.nanoseconds) - now.nanoseconds
        return RateVerdict(isAllowed: false, limit: rule.burst, resetSeconds: max(1, Self.seconds(wait)))
    }

    private static func seconds(_ nanoseconds: UInt64) -> Int { Int((nanoseconds + 999_999_999) / 1_000_000_000) }
}
