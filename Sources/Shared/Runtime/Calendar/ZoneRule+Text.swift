extension ZoneRule {
    /// Reads the last line of a zone file, which follows POSIX' variable `TZ`; anything else is nil.
    init?(text: some StringProtocol) {
        var scanner = RuleScanner(rest: Array(text.utf8)[...])
        guard let abbreviation = scanner.abbreviation(), let offset = scanner.clock(hours: 24) else { return nil }
        standard = ZoneOffset(seconds: -offset, isDaylight: false, abbreviation: abbreviation)
        if scanner.isAtEnd {
            daylight = nil
        } else {
            guard let daylight = scanner.daylight(standard: -offset), scanner.isAtEnd else { return nil }
            self.daylight = daylight
        }
    }
}

/// Takes the parts of a rule from the front of its text.
private struct RuleScanner {
    var rest: ArraySlice<UInt8>

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func daylight(standard: Int) -> ZoneRule.Daylight? {
        guard let abbreviation = abbreviation() else { return nil }
        var seconds = standard + 3600
        if rest.first != UInt8(ascii: ",") {
            guard let offset = clock(hours: 24) else { return nil }
            seconds = -offset
        }
        guard skip(","), let start = change(), skip(","), let end = change() else { return nil }
        return ZoneRule.Daylight(
            offset: ZoneOffset(seconds: seconds, isDaylight: true, abbreviation: abbreviation), start: start, end: end)
    }

    /// Letters, or anything between `<` and `>`.
    mutating func abbreviation() -> String? {
        let isQuoted = skip("<")
        let name = rest.prefix { isQuoted ? $0 != UInt8(ascii: ">") : isLetter($0) }
        rest = rest.dropFirst(name.count)
        guard name.count >= 3, !isQuoted || skip(">") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    mutating func change() -> ZoneRule.Change? {
        guard let day = day() else { return nil }
        guard skip("/") else { return ZoneRule.Change(day: day, second: 7200) }
        guard let second = clock(hours: 167) else { return nil }
        return ZoneRule.Change(day: day, second: second)
    }

    mutating func day() -> ZoneRule.Day? {
        if skip("J") { return number(1...365).map { .julian($0) } }
        guard skip("M") else { return number(0...365).map { .ordinal($0) } }
        guard let month = number(1...12), skip("."), let week = number(1...5), skip("."), let weekday = number(0...6)
        else { return nil }
        return .weekday(month: month, week: week, weekday: weekday)
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func clock(hours limit: Int) -> Int? {
        let sign = skip("-") ? -1 : 1
        if sign == 1 { _ = skip("+") }
        guard let hours = number(0...limit) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where skip(":") {
            guard let part = number(0...59) else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    mutating func number(_ allowed: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        guard (1...3).contains(digits.count) else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return allowed.contains(value) ? value : nil
    }
}

private func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
