/// A date of the Gregorian calendar and a time of day, in UTC unless an offset says otherwise.
public struct CivilTime: Hashable, Sendable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour = 0
    public var minute = 0
    public var second = 0
    public var microsecond = 0

    public init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
    }

    public static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    public static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// 0 is Sunday.
    public var weekday: Int { Int(((dayNumber + 4) % 7 + 7) % 7) }

    /// Days since 1970-01-01. Years are counted from March, so that the leap day is a year's last.
    public var dayNumber: Int64 {
        let marchYear = Int64(month <= 2 ? year - 1 : year)
        let era = marchYear.flooredQuotient(by: 400)
        let yearOfEra = marchYear - era * 400
        let marchMonth = Int64((month + 9) % 12)
        let dayOfYear = (153 * marchMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    public init(dayNumber: Int64) {
        let shifted = dayNumber + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
        self.init(
            year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month: month,
            day: Int(dayOfYear - (153 * marchMonth + 2) / 5) + 1)
    }
}

extension Timestamp {
    public init(_ civil: CivilTime) {
        let seconds = civil.dayNumber * 86400 + Int64(civil.hour * 3600 + civil.minute * 60 + civil.second)
        self.init(microseconds: seconds * 1_000_000 + Int64(civil.microsecond))
    }

    public var civil: CivilTime {
        let day = seconds.flooredQuotient(by: 86400)
        let secondOfDay = Int(seconds - day * 86400)
        var civil = CivilTime(dayNumber: day)
        civil.hour = secondOfDay / 3600
        civil.minute = secondOfDay / 60 % 60
        civil.second = secondOfDay % 60
        civil.microsecond = Int(microseconds - seconds * 1_000_000)
        return civil
    }

    /// `2026-11-21T02:07:00.123Z`: always UTC, always three digits of a second.
    public var rfc3339: String {
        String(unsafeUninitializedCapacity: 24) { target in
            writeRFC3339(into: target)
            return 24
        }
    }

    /// Writes the 24 characters of `rfc3339`. Years outside 0…9999 are held at the nearest end.
    public func writeRFC3339(into target: UnsafeMutableBufferPointer<UInt8>) {
        let civil = civil
        let year = min(max(civil.year, 0), 9999)
        func put(_ value: Int, at position: Int) {
            target[position] = UInt8(truncatingIfNeeded: value / 10) + UInt8(ascii: "0")
            target[position + 1] = UInt8(truncatingIfNeeded: value % 10) + UInt8(ascii: "0")
        }
        put(year / 100, at: 0)
        put(year % 100, at: 2)
        put(civil.month, at: 5)
        put(civil.day, at: 8)
        put(civil.hour, at: 11)
        put(civil.minute, at: 14)
        put(civil.second, at: 17)
        put(civil.microsecond / 10_000, at: 20)
        target[22] = UInt8(civil.microsecond / 1000 % 10) + UInt8(ascii: "0")
        target[4] = UInt8(ascii: "-")
        target[7] = UInt8(ascii: "-")
        target[10] = UInt8(ascii: "T")
        target[13] = UInt8(ascii: ":")
        target[16] = UInt8(ascii: ":")
        target[19] = UInt8(ascii: ".")
        target[23] = UInt8(ascii: "Z")
    }

    /// RFC 3339 with `Z` or an offset and up to nine digits of a second (cut to six); anything else is nil.
    public init?(rfc3339 text: some StringProtocol) {
        var scanner = DigitScanner(bytes: Array(text.utf8))
        guard let year = scanner.number(digits: 4), scanner.skip("-"),
            let month = scanner.number(digits: 2), (1...12).contains(month), scanner.skip("-"),
            let day = scanner.number(digits: 2), (1...CivilTime.daysIn(month: month, of: year)).contains(day),
            scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(digits: 2), hour < 24, scanner.skip(":"),
            let minute = scanner.number(digits: 2), minute < 60, scanner.skip(":"),
            let second = scanner.number(digits: 2), second < 60,
            let microsecond = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        let civil = CivilTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, microsecond: microsecond)
        self = Timestamp(civil) - .seconds(offset)
    }
}

/// Reads fixed-width numbers and single characters from the front of a text.
private struct DigitScanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int? {
        guard position < bytes.count, let value = hexValue(bytes[position]), value < 10 else { return nil }
        position += 1
        return Int(value)
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Microseconds; 0 where there is no fraction.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        var value = 0
        var digits = 0
        while let digit = digit() {
            if digits < 6 { value = value * 10 + digit }
            digits += 1
        }
        guard (1...9).contains(digits) else { return nil }
        for _ in digits..<max(digits, 6) { value *= 10 }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(digits: 2), hours < 24, skip(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
