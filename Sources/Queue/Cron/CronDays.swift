import Runtime

/// On which days an entry runs. Bit n of a set of days stands for day n of the month.
struct CronDays: Hashable, Sendable {
    var monthDays = CronValues()
    /// Bit n: the day that is n days before the month's last.
    var beforeLast: UInt64 = 0
    /// Bit n: the workday nearest to day n, in the same month.
    var nearestWorkday: UInt64 = 0
    var hasLastWorkday = false

    var weekdays = CronValues()
    /// Bit 7 × (k - 1) + n: the k-th weekday n of the month.
    var countedWeekdays: UInt64 = 0
    /// Bit n: the last weekday n of the month.
    var lastWeekdays: UInt64 = 0

    /// Cron's old rule: where both fields are restricted, a day needs to match but one of them.
    func days(of month: Int, in year: Int) -> UInt64 {
        let month = Month(
            length: CivilTime.daysIn(month: month, of: year),
            firstWeekday: CivilTime(year: year, month: month, day: 1).weekday)
        let byDate = days(byDateIn: month)
        let byWeekday = days(byWeekdayIn: month)
        return monthDays.isWildcard || weekdays.isWildcard ? byDate & byWeekday : byDate | byWeekday
    }

    private struct Month {
        let length: Int
        let firstWeekday: Int

        var all: UInt64 { (1 << UInt64(length + 1)) - 2 }
        func weekday(of day: Int) -> Int { (firstWeekday + day - 1) % 7 }
        func first(_ weekday: Int) -> Int { (weekday - firstWeekday + 7) % 7 + 1 }
    }

    private func days(byDateIn month: Month) -> UInt64 {
        var days = monthDays.bits
        for distance in BitPositions(beforeLast) where distance < month.length {
            days |= 1 << UInt64(month.length - distance)
        }
        for day in BitPositions(nearestWorkday) where day <= month.length {
            days |= 1 << UInt64(workday(nearest: day, in: month))
        }
        if hasLastWorkday { days |= 1 << UInt64(workday(nearest: month.length, in: month)) }
        return days & month.all
    }

    private func workday(nearest day: Int, in month: Month) -> Int {
        switch month.weekday(of: day) {
        case 6: day == 1 ? 3 : day - 1
        case 0: day == month.length ? day - 2 : day + 1
        default: day
        }
    }

    private func days(byWeekdayIn month: Month) -> UInt64 {
        var days: UInt64 = 0
        for weekday in BitPositions(weekdays.bits) {
            // One day a week, five weeks.
            days |= 0x1020_4081 << UInt64(month.first(weekday))
        }
        for position in BitPositions(countedWeekdays) {
            days |= 1 << UInt64(month.first(position % 7) + position / 7 * 7)
        }
        for weekday in BitPositions(lastWeekdays) {
            let first = month.first(weekday)
            days |= 1 << UInt64(first + (month.length - first) / 7 * 7)
        }
        return days & month.all
    }
}

/// The positions of the bits that are set, lowest first.
struct BitPositions: Sequence, IteratorProtocol {
    private var rest: UInt64

    init(_ bits: UInt64) { rest = bits }

    mutating func next() -> Int? {
        guard rest != 0 else { return nil }
        defer { rest &= rest - 1 }
        return rest.trailingZeroBitCount
    }
}

extension UInt64 {
    /// The lowest bit that is set, from `position` on.
    func firstBit(from position: Int) -> Int? {
        guard position < 64, case let rest = self >> UInt64(position), rest != 0 else { return nil }
        return position + rest.trailingZeroBitCount
    }
}
