import Runtime

/// What the fields of an expression say, read against the clock on the wall, of whatever place.
struct CronCalendar: Hashable, Sendable {
    let seconds: UInt64
    let minutes: CronValues
    let hours: CronValues
    let months: UInt64
    let days: CronDays

    /// Whether it means "every so often" rather than set times of the day.
    var isInterval: Bool { minutes.isWildcard || hours.isWildcard }

    /// The first time at or after `start`; nil when there is none, ever.
    func first(from start: CivilTime) -> CivilTime? {
        if months.contains(start.month), dates(of: start).contains(start.day), let found = time(from: start) {
            return found
        }
        guard var found = day(after: start) else { return nil }
        found.hour = hours.bits.trailingZeroBitCount
        found.minute = minutes.bits.trailingZeroBitCount
        found.second = seconds.trailingZeroBitCount
        return found
    }

    private func dates(of civil: CivilTime) -> UInt64 { days.days(of: civil.month, in: civil.year) }

    /// On the same day.
    private func time(from start: CivilTime) -> CivilTime? {
        var found = start
        found.microsecond = 0
        let hour = start.hour
        if hours.bits.contains(hour) {
            if minutes.bits.contains(start.minute), let second = seconds.firstBit(from: start.second) {
                found.second = second
                return found
            }
            if let minute = minutes.bits.firstBit(from: start.minute + 1) {
                found.minute = minute
                found.second = seconds.trailingZeroBitCount
                return found
            }
        }
        guard let later = hours.bits.firstBit(from: hour + 1) else { return nil }
        found.hour = later
        found.minute = minutes.bits.trailingZeroBitCount
        found.second = seconds.trailingZeroBitCount
        return found
    }

    /// The calendar repeats itself after 400 years, so a day that is not found until then never comes.
    private func day(after start: CivilTime) -> CivilTime? {
        var month = CivilTime(year: start.year, month: start.month, day: 1)
        var earliest = start.day + 1
        while month.year <= start.year + 400 {
            if months.contains(month.month), let day = dates(of: month).firstBit(from: earliest) {
                month.day = day
                return month
            }
            earliest = 1
            month.year += month.month / 12
            month.month = month.month % 12 + 1
        }
        return nil
    }
}

extension UInt64 {
    fileprivate func contains(_ position: Int) -> Bool { self >> UInt64(position) & 1 == 1 }
}
