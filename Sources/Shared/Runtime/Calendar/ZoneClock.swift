/// How clocks stand against UTC for a while.
struct ZoneOffset: Hashable, Sendable {
    /// Seconds east of UTC.
    let seconds: Int
    let isDaylight: Bool
    let abbreviation: String

    static let utc = ZoneOffset(seconds: 0, isDaylight: false, abbreviation: "UTC")
}

/// The transitions that a zone file lists, and the rule for all later ones.
final class ZoneClock: Sendable {
    /// Seconds since 1970, ascending; `offsets[i]` holds from `transitions[i]` on.
    private let transitions: [Int64]
    private let offsets: [ZoneOffset]
    /// Before the first transition.
    private let earliest: ZoneOffset
    /// Nil where the last transition is to hold for ever.
    private let rule: ZoneRule?

    init(earliest: ZoneOffset, transitions: [Int64], offsets: [ZoneOffset], rule: ZoneRule?) {
        self.earliest = earliest
        self.transitions = transitions
        self.offsets = offsets
        self.rule = rule
    }

    convenience init(rule: ZoneRule) {
        self.init(earliest: rule.standard, transitions: [], offsets: [], rule: rule)
    }

    func period(at second: Int64) -> TimeZone.Period {
        let later = firstTransition(after: second)
        if later == transitions.count, let rule {
            return rule.period(at: second).startingNotBefore(transitions.last)
        }
        return TimeZone.Period(
            start: later > 0 ? transitions[later - 1] : nil,
            end: later < transitions.count ? transitions[later] : nil,
            offset: later > 0 ? offsets[later - 1] : earliest)
    }

    /// Its index, or the count of transitions.
    private func firstTransition(after second: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension TimeZone.Period {
    init(start: Int64?, end: Int64?, offset: ZoneOffset) {
        self.init(
            start: start.map { Timestamp(seconds: $0) }, end: end.map { Timestamp(seconds: $0) },
            offset: offset.seconds, isDaylight: offset.isDaylight, abbreviation: offset.abbreviation)
    }

    fileprivate func startingNotBefore(_ second: Int64?) -> TimeZone.Period {
        guard let second, case let bound = Timestamp(seconds: second), start.map({ $0 < bound }) ?? true else {
            return self
        }
        return TimeZone.Period(
            start: bound, end: end, offset: offset, isDaylight: isDaylight, abbreviation: abbreviation)
    }
}
