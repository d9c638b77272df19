extension CronExpression.Schedule {
    private static let shortcuts = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    init(_ text: String) throws(CronError) {
        let parts = text.split { $0 == " " || $0 == "\t" }
        guard parts.first?.first == "@" else {
            self = .calendar(try CronCalendar(parts, of: text))
            return
        }
        let word = parts[0].lowercased()
        if word == "@every" {
            self = .every(seconds: try Self.span(parts.dropFirst(), of: text))
        } else if parts.count == 1, let fields = Self.shortcuts[word] {
            self = .calendar(try CronCalendar(fields.split(separator: " "), of: text))
        } else {
            let allowed = Self.shortcuts.keys.sorted().joined(separator: ", ")
            throw CronError(expression: text, field: nil, text: text, allowed: "\(allowed), @every 90s")
        }
    }

    /// `90s`, `15m`, `1h30m`, `7d`; up to a year.
    private static func span(_ parts: ArraySlice<Substring>, of text: String) throws(CronError) -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        var total: Int64 = 0
        var digits = ""
        for character in parts.count == 1 ? parts.first ?? "" : "?" {
            if character.isASCII, character.isNumber {
                digits.append(character)
            } else if let unit = units[character], digits.count <= 9, let number = Int64(digits) {
                total += number * unit
                digits = ""
            } else {
                digits = "?"
            }
        }
        guard digits.isEmpty, (1...366 * 86400).contains(total) else {
            throw CronError(
                expression: text, field: nil, text: text,
                allowed: "@every and a whole number of s, m, h or d, such as 90s, 15m or 1h30m, up to 366d")
        }
        return total
    }
}

extension CronCalendar {
    init(_ parts: [Substring], of expression: String) throws(CronError) {
        guard parts.count == 5 || parts.count == 6 else {
            throw CronError(
                expression: expression, field: nil, text: expression,
                allowed: "5 fields (minute, hour, day of month, month, day of week), 6 with seconds first, or @daily")
        }
        func reader(_ field: CronField) -> CronFieldReader {
            CronFieldReader(expression: expression, field: field, text: parts[field.rawValue + parts.count - 6])
        }
        seconds = parts.count == 6 ? try reader(.second).values().bits : 1
        minutes = try reader(.minute).values()
        hours = try reader(.hour).values()
        months = try reader(.month).values().bits
        days = try CronDays(date: reader(.dayOfMonth), weekday: reader(.weekday))
    }
}
