import Runtime

extension CronExpression: CustomStringConvertible {
    /// In words: `at 03:30, on Monday to Friday`.
    package var description: String {
        switch schedule {
        case .every(let seconds): "every \(words(forSeconds: seconds))"
        case .calendar(let calendar): calendar.description
        }
    }
}

extension CronCalendar: CustomStringConvertible {
    var description: String {
        let phrases = [
            time, days.description, months.nonzeroBitCount == 12 ? "" : "in " + list(months, CronField.month),
        ]
        return phrases.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private var time: String {
        let clock = minutes.bits.nonzeroBitCount * hours.bits.nonzeroBitCount
        if clock <= 6, seconds.nonzeroBitCount == 1 { return "at " + clockTimes.joined(separator: ", ") }
        let secondPhrase = seconds == 1 ? "" : phrase(seconds, .second)
        let minutePhrase = phrase(minutes.bits, .minute)
        let hourPhrase = phrase(hours.bits, .hour)
        let isEvery = minutePhrase.hasPrefix("every") || secondPhrase.hasPrefix("every")
        return [secondPhrase, minutePhrase, hourPhrase == "every hour" && isEvery ? "" : hourPhrase]
            .filter { !$0.isEmpty && !($0 == "every minute" && secondPhrase.hasPrefix("every")) }
            .joined(separator: ", ")
    }

    private var clockTimes: [String] {
        BitPositions(hours.bits).flatMap { hour in
            BitPositions(minutes.bits).map { minute in
                let second = seconds.trailingZeroBitCount
                return padded(hour) + ":" + padded(minute) + (second == 0 ? "" : ":" + padded(second))
            }
        }
    }

    /// `every minute`, `every 15 minutes`, `at minute 5, 10 to 20`.
    private func phrase(_ bits: UInt64, _ field: CronField) -> String {
        let count = bits.nonzeroBitCount
        if count == field.values.count { return "every \(field)" }
        let step = field.values.count / max(count, 1)
        let isEven = count > 1 && BitPositions(bits).elementsEqual(stride(from: 0, to: field.values.count, by: step))
        return isEven ? "every \(step) \(field)s" : "at \(field) " + list(bits, field)
    }
}

extension CronDays: CustomStringConvertible {
    /// Empty where every day will do.
    var description: String {
        let date = dates.isEmpty || monthDays.bits.nonzeroBitCount == 31 ? "" : "on " + dates.joined(separator: ", ")
        let week =
            weekdayNames.isEmpty || weekdays.bits.nonzeroBitCount == 7
            ? "" : "on " + weekdayNames.joined(separator: ", ")
        if date.isEmpty || week.isEmpty { return date + week }
        return date + (monthDays.isWildcard || weekdays.isWildcard ? ", only " : ", or ") + week
    }

    private var dates: [String] {
        var parts = monthDays.bits == 0 ? [] : ["day " + list(monthDays.bits, .dayOfMonth)]
        parts += BitPositions(beforeLast).map { distance in
            distance == 0 ? "the last day" : "day L-\(distance) (\(distance) before the last)"
        }
        parts += BitPositions(nearestWorkday).map { "the workday nearest to day \($0)" }
        if hasLastWorkday { parts.append("the last workday") }
        return parts
    }

    private var weekdayNames: [String] {
        let counts = ["first", "second", "third", "fourth", "fifth"]
        var parts = weekdays.bits == 0 ? [] : [list(weekdays.bits, .weekday)]
        parts += BitPositions(countedWeekdays).map { "the \(counts[$0 / 7]) \(name($0 % 7, .weekday))" }
        parts += BitPositions(lastWeekdays).map { "the last \(name($0, .weekday))" }
        return parts
    }
}

/// `1, 5 to 7`, with names where the field has them.
private func list(_ bits: UInt64, _ field: CronField) -> String {
    var runs: [ClosedRange<Int>] = []
    for position in BitPositions(bits) {
        if let last = runs.last, last.upperBound + 1 == position {
            runs[runs.count - 1] = last.lowerBound...position
        } else {
            runs.append(position...position)
        }
    }
    return runs.map { run in
        switch run.count {
        case 1: name(run.lowerBound, field)
        case 2: name(run.lowerBound, field) + ", " + name(run.upperBound, field)
        default: name(run.lowerBound, field) + " to " + name(run.upperBound, field)
        }
    }.joined(separator: ", ")
}

private func name(_ value: Int, _ field: CronField) -> String {
    switch field {
    case .month:
        [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ][value - 1]
    case .weekday: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"][value]
    default: "\(value)"
    }
}

private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

private func words(forSeconds seconds: Int64) -> String {
    let units: [(Int64, String)] = [(86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
    guard let (size, unit) = units.first(where: { seconds % $0.0 == 0 }) else { return "\(seconds) seconds" }
    return seconds == size ? unit : "\(seconds / size) \(unit)s"
}
