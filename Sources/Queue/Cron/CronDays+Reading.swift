extension CronDays {
    /// Reads the two fields that speak of days.
    init(date: CronFieldReader, weekday: CronFieldReader) throws(CronError) {
        monthDays = try date.values { item throws(CronError) in try readDate(item, date) }
        weekdays = try weekday.values { item throws(CronError) in try readWeekday(item, weekday) }
    }

    /// `L`, `L-3`, `LW`, `15W`; false for what is plain.
    private mutating func readDate(_ item: Substring, _ reader: CronFieldReader) throws(CronError) -> Bool {
        let text = item.uppercased()
        if text == "LW" {
            hasLastWorkday = true
        } else if text == "L" {
            beforeLast |= 1
        } else if text.hasPrefix("L-") {
            guard let distance = reader.number(text.dropFirst(2), in: 1...30) else { throw reader.mistake(item) }
            beforeLast |= 1 << UInt64(distance)
        } else if text.hasSuffix("W") {
            guard let day = reader.number(text.dropLast(), in: 1...31) else { throw reader.mistake(item) }
            nearestWorkday |= 1 << UInt64(day)
        } else {
            return false
        }
        return true
    }

    /// `5L`, `FRI#2`; false for what is plain.
    private mutating func readWeekday(_ item: Substring, _ reader: CronFieldReader) throws(CronError) -> Bool {
        let parts = item.split(separator: "#", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let weekday = reader.value(parts[0]), let count = reader.number(parts[1], in: 1...5) else {
                throw reader.mistake(item)
            }
            countedWeekdays |= 1 << UInt64(weekday % 7 + 7 * (count - 1))
            return true
        }
        guard item.uppercased().hasSuffix("L") else { return false }
        guard let weekday = reader.value(item.dropLast()) else { throw reader.mistake(item) }
        lastWeekdays |= 1 << UInt64(weekday % 7)
        return true
    }
}
