import Runtime

/// A day of the calendar without a time: PostgreSQL's `date`.
public struct CalendarDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Since 1970-01-01; negative before it.
    public let dayNumber: Int64

    public init(dayNumber: Int64) { self.dayNumber = dayNumber }

    public init(year: Int, month: Int, day: Int) {
        dayNumber = CivilTime(year: year, month: month, day: day).dayNumber
    }

    public var civil: CivilTime { CivilTime(dayNumber: dayNumber) }

    public static func < (left: CalendarDate, right: CalendarDate) -> Bool { left.dayNumber < right.dayNumber }

    public var description: String {
        var text = SQLBytes(capacity: 16)
        writeSQLText(into: &text)
        return String(decoding: text.bytes, as: UTF8.self)
    }
}

/// PostgreSQL counts from 2000-01-01, we from 1970-01-01.
enum PostgresEpoch {
    static let days: Int64 = 10_957
    static let microseconds: Int64 = days * 86_400_000_000
}

extension Timestamp: SQLEncodable {
    public static var sqlType: PostgresType { .timestamptz }

    public func writeSQL(into bytes: inout SQLBytes) {
        let (value, overflow) = microseconds.subtractingReportingOverflow(PostgresEpoch.microseconds)
        // The two ends of the range are PostgreSQL's infinities.
        if overflow || value == .max || value == .min { bytes.fail("a time beyond what PostgreSQL can hold") }
        bytes.append(bigEndian: value)
    }

    public func writeSQLText(into bytes: inout SQLBytes) {
        let civil = civil
        bytes.append(date: civil)
        bytes.append(" " as StaticString)
        bytes.append(civil.hour, digits: 2)
        bytes.append(":" as StaticString)
        bytes.append(civil.minute, digits: 2)
        bytes.append(":" as StaticString)
        bytes.append(civil.second, digits: 2)
        bytes.append("." as StaticString)
        bytes.append(civil.microsecond, digits: 6)
        bytes.append("+00" as StaticString)
        if civil.year <= 0 { bytes.append(" BC" as StaticString) }
    }
}

extension CalendarDate: SQLEncodable {
    public static var sqlType: PostgresType { .date }

    public func writeSQL(into bytes: inout SQLBytes) {
        let days = Int32(exactly: dayNumber - PostgresEpoch.days)
        if days == nil || days == .max || days == .min { bytes.fail("a date beyond what PostgreSQL can hold") }
        bytes.append(bigEndian: days ?? 0)
    }

    public func writeSQLText(into bytes: inout SQLBytes) {
        let civil = civil
        bytes.append(date: civil)
        if civil.year <= 0 { bytes.append(" BC" as StaticString) }
    }
}

/// A `Duration` is an `interval` of microseconds, without days and months.
extension Duration: SQLEncodable {
    public static var sqlType: PostgresType { .interval }

    public func writeSQL(into bytes: inout SQLBytes) {
        bytes.append(bigEndian: microseconds)
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: Int32(0))
    }

    public func writeSQLText(into bytes: inout SQLBytes) {
        bytes.append(microseconds.description)
        bytes.append(" microseconds" as StaticString)
    }
}

extension SQLBytes {
    /// Year, month and day; the year before 1 is 1 BC, which the caller appends.
    fileprivate mutating func append(date: CivilTime) {
        append(date.year > 0 ? date.year : 1 - date.year, digits: 4)
        append("-" as StaticString)
        append(date.month, digits: 2)
        append("-" as StaticString)
        append(date.day, digits: 2)
    }

    fileprivate mutating func append(_ number: Int, digits: Int) {
        let text = number.description
        for _ in 0..<max(0, digits - text.utf8.count) { append(UInt8(ascii: "0")) }
        append(text)
    }
}
