/// What repeats every year after the last transition of a zone file: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Hashable, Sendable {
    let standard: ZoneOffset
    let daylight: Daylight?

    /// The other offset, and the local times at which it begins and ends.
    struct Daylight: Hashable, Sendable {
        let offset: ZoneOffset
        let start: Change
        let end: Change
    }

    /// A day of every year, and the seconds after (or before) its midnight.
    struct Change: Hashable, Sendable {
        let day: Day
        let second: Int
    }

    enum Day: Hashable, Sendable {
        /// 1 to 365; 29 February is not counted.
        case julian(Int)
        /// 0 to 365; 29 February counts.
        case ordinal(Int)
        /// The weekday's first, second… in the month; 5 is its last.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    init(standard: ZoneOffset, daylight: Daylight? = nil) {
        self.standard = standard
        self.daylight = daylight
    }

    func period(at second: Int64) -> TimeZone.Period {
        guard let daylight else { return TimeZone.Period(start: nil, end: nil, offset: standard) }
        let year = CivilTime(dayNumber: (second + Int64(standard.seconds)).flooredQuotient(by: 86400)).year
        if endsWhereItStarts(daylight, in: year) {
            return TimeZone.Period(start: nil, end: nil, offset: daylight.offset)
        }
        var current = standard
        var start: Int64?
        for (moment, offset) in changes(of: daylight, around: year) {
            if moment > second { return TimeZone.Period(start: start, end: moment, offset: current) }
            start = moment
            current = offset
        }
        return TimeZone.Period(start: start, end: nil, offset: current)
    }

    /// Such a place keeps daylight time all the year.
    private func endsWhereItStarts(_ daylight: Daylight, in year: Int) -> Bool {
        daylight.end.moment(in: year, offset: daylight.offset)
            == daylight.start.moment(in: year + 1, offset: standard)
    }

    /// Three years of them, in order.
    private func changes(of daylight: Daylight, around year: Int) -> [(moment: Int64, offset: ZoneOffset)] {
        (year - 1...year + 1).flatMap { year in
            [
                (moment: daylight.start.moment(in: year, offset: standard), offset: daylight.offset),
                (moment: daylight.end.moment(in: year, offset: daylight.offset), offset: standard),
            ]
        }.sorted { $0.moment < $1.moment }
    }
}

extension ZoneRule.Change {
    /// Seconds since 1970, when clocks stood at `offset` until then.
    fileprivate func moment(in year: Int, offset: ZoneOffset) -> Int64 {
        day.dayNumber(in: year) * 86400 + Int64(second - offset.seconds)
    }
}

extension ZoneRule.Day {
    fileprivate func dayNumber(in year: Int) -> Int64 {
        let newYear = CivilTime(year: year, month: 1, day: 1).dayNumber
        switch self {
        case .ordinal(let day): return newYear + Int64(day)
        case .julian(let day): return newYear + Int64(day >= 60 && CivilTime.isLeap(year) ? day : day - 1)
        case .weekday(let month, let week, let weekday):
            let first = CivilTime(year: year, month: month, day: 1)
            let day = (weekday - first.weekday + 7) % 7 + 7 * (week - 1)
            return first.dayNumber + Int64(day < CivilTime.daysIn(month: month, of: year) ? day : day - 7)
        }
    }
}
