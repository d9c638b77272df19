/// What clocks show in one place at every moment, as the system's zone files tell it.
public struct TimeZone: Sendable {
    /// As in the tz database: `Europe/Berlin`, `UTC`.
    public let name: String
    private let clock: ZoneClock

    init(name: String, clock: ZoneClock) {
        self.name = name
        self.clock = clock
    }

    /// Needs no file.
    public static let utc = TimeZone(name: "UTC", clock: ZoneClock(rule: ZoneRule(standard: .utc)))

    /// A stretch of time in which clocks keep their distance from UTC.
    public struct Period: Hashable, Sendable {
        /// Nil where it has no beginning.
        public let start: Timestamp?
        /// The first moment after it; nil where it has no end.
        public let end: Timestamp?
        /// Seconds east of UTC.
        public let offset: Int
        public let isDaylight: Bool
        /// `CET`, or the offset where the place has no letters for it: `+0530`.
        public let abbreviation: String
    }

    public func period(at moment: Timestamp) -> Period { clock.period(at: moment.seconds) }

    /// Seconds east of UTC.
    public func offset(at moment: Timestamp) -> Int { period(at: moment).offset }

    /// What clocks show.
    public func civil(at moment: Timestamp) -> CivilTime { (moment + .seconds(offset(at: moment))).civil }

    /// The next moment at which clocks are set; nil when they never are again.
    public func nextTransition(after moment: Timestamp) -> Timestamp? {
        var current = period(at: moment)
        while let end = current.end {
            let next = period(at: end)
            if next.offset != current.offset { return end }
            current = next
        }
        return nil
    }
}

extension TimeZone: Hashable, CustomStringConvertible {
    public static func == (left: TimeZone, right: TimeZone) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    public var description: String { name }
}

// A local time carried in a Timestamp counts as if the place were at UTC.
extension TimeZone {
    /// More than any place is away from UTC.
    private static let farthest = Duration.hours(26)

    /// The moments at which clocks show `civil`, earliest first: none in the gap of spring, two in the fold of autumn.
    public func moments(showing civil: CivilTime) -> [Timestamp] {
        let local = Timestamp(civil)
        return periods(overlapping: local - Self.farthest..<local + Self.farthest).compactMap { period in
            let moment = local - .seconds(period.offset)
            return period.contains(moment) ? moment : nil
        }
    }

    /// The first moment at which clocks show `civil` or later: for a time in a gap, the end of the gap.
    public func moment(reaching civil: CivilTime) -> Timestamp {
        let local = Timestamp(civil)
        var period = period(at: local - Self.farthest)
        while true {
            let moment = local - .seconds(period.offset)
            if let start = period.start, moment < start { return start }
            guard let end = period.end, end <= moment else { return moment }
            period = self.period(at: end)
        }
    }

    /// The earliest local time that is later than all that clocks showed before `moment`. Ahead of `civil(at:)` in the
    /// second pass of a fold, behind it at the end of a gap.
    public func civil(unseenBefore moment: Timestamp) -> CivilTime {
        let shown = periods(overlapping: moment - Self.farthest..<moment).map { period in
            min(period.end ?? moment, moment) + .seconds(period.offset)
        }
        return (shown.max() ?? moment).civil
    }

    private func periods(overlapping span: Range<Timestamp>) -> [Period] {
        var periods = [period(at: span.lowerBound)]
        while let end = periods.last?.end, end < span.upperBound { periods.append(period(at: end)) }
        return periods
    }
}

extension TimeZone.Period {
    func contains(_ moment: Timestamp) -> Bool {
        if let start, moment < start { return false }
        if let end, end <= moment { return false }
        return true
    }
}
