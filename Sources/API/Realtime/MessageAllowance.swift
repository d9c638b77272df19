import Runtime

/// How many messages a client may send: so many a second, and a burst of five seconds' worth.
struct MessageAllowance {
    /// Nil: as many as it likes.
    private let interval: Duration?
    /// When all that was used will have come back.
    private var fullAt = MonotonicTime(nanoseconds: 0)

    private static let burstSeconds = 5

    init(perSecond: Int) { interval = perSecond > 0 ? .seconds(1) / perSecond : nil }

    mutating func take(at now: MonotonicTime) -> Bool {
        guard let interval else { return true }
        let next = max(fullAt, now) + interval
        guard next - now <= .seconds(Self.burstSeconds) else { return false }
        fullAt = next
        return true
    }
}
