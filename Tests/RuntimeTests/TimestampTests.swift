import Foundation
import Runtime
import TestSupport
import Testing

@Suite struct TimestampTests {
    static let moments: [(String, Int64)] = [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1969-12-31T23:59:59.999Z", -1000),
        ("2000-02-29T12:34:56.789Z", 951_827_696_789_000),
        ("1900-03-01T00:00:00.000Z", -2_203_891_200_000_000),
        ("2026-11-21T02:07:00.123Z", 1_795_226_820_123_000),
        ("0000-01-01T00:00:00.000Z", -62_167_219_200_000_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999_000),
    ]

    @Test(arguments: moments) func `a moment is written and read alike`(text: String, microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    static let forms: [(String, String)] = [
        ("2026-11-21T02:07:00Z", "2026-11-21T02:07:00.000Z"),
        ("2026-11-21t02:07:00.5z", "2026-11-21T02:07:00.500Z"),
        ("2026-11-21 02:07:00+05:30", "2026-11-20T20:37:00.000Z"),
        ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000Z"),
        ("2026-11-21T02:07:00.123456789Z", "2026-11-21T02:07:00.123Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
    ]

    @Test(arguments: forms) func `other forms of the standard are understood`(text: String, expected: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == expected)
    }

    @Test func `digits beyond the sixth are cut`() {
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:00.123456789Z")?.microseconds == 123_456)
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:00.000001Z")?.microseconds == 1)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T02:07:00", "2026-11-21T02:07Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-00T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T02:60:00Z", "2026-11-21T02:07:60Z", "2026-11-21T02:07:00.Z",
        "2026-11-21T02:07:00.1234567890Z", "2026-11-21T02:07:00+5:30", "2026-11-21T02:07:00+24:00",
        "2026-11-21T02:07:00Zx", "26-11-21T02:07:00Z", "2026-11-21T02:07:0aZ", "+2026-11-21T02:07:00Z",
    ])
    func `anything else is refused`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `seconds and milliseconds round down, also before 1970`() {
        let before = Timestamp(microseconds: -1)
        #expect(before.seconds == -1)
        #expect(before.milliseconds == -1)
        #expect(Timestamp(microseconds: 1_999_999).seconds == 1)
        #expect(Timestamp(seconds: -5).milliseconds == -5000)
    }

    @Test func `moments and spans add up`() {
        let start = Timestamp(seconds: 100)
        #expect(start + .milliseconds(1) - start == .milliseconds(1))
        #expect(start - .minutes(2) == Timestamp(seconds: -20))
        #expect(start < start + .microseconds(1))
        #expect(Duration.days(2) == .hours(48))
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
        #expect((.zero - Duration.milliseconds(1500)).milliseconds == -1500)
    }

    @Test func `now is now`() {
        #expect(abs((Timestamp.now - Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))).inSeconds) < 5)
    }
}

@Suite struct CivilTimeTests {
    @Test(arguments: [(1900, false), (2000, true), (2024, true), (2026, false), (2100, false), (2400, true), (0, true)])
    func `leap years are those of the Gregorian calendar`(year: Int, isLeap: Bool) {
        #expect(CivilTime.isLeap(year) == isLeap)
        #expect(CivilTime.daysIn(month: 2, of: year) == (isLeap ? 29 : 28))
        let first = CivilTime(year: year, month: 1, day: 1)
        let next = CivilTime(year: year + 1, month: 1, day: 1)
        #expect(next.dayNumber - first.dayNumber == (isLeap ? 366 : 365))
    }

    @Test func `every day of eight hundred years follows the one before`() {
        var expected = CivilTime(year: 1600, month: 1, day: 1)
        for number in expected.dayNumber..<CivilTime(year: 2400, month: 1, day: 1).dayNumber {
            let day = CivilTime(dayNumber: number)
            guard day == expected, day.dayNumber == number else {
                Issue.record("day \(number) is \(day), not \(expected)")
                return
            }
            expected.day += 1
            if expected.day > CivilTime.daysIn(month: expected.month, of: expected.year) {
                expected.day = 1
                expected.month += 1
            }
            if expected.month > 12 {
                expected.month = 1
                expected.year += 1
            }
        }
    }

    @Test func `the days of the week are right`() {
        #expect(CivilTime(year: 1970, month: 1, day: 1).weekday == 4)
        #expect(CivilTime(year: 1969, month: 12, day: 28).weekday == 0)
        #expect(CivilTime(year: 2026, month: 11, day: 21).weekday == 6)
        #expect(CivilTime(year: 1600, month: 1, day: 1).weekday == 6)
    }

    @Test func `any moment survives the way through its civil form`() {
        var random = Seed()
        for _ in 0..<2000 {
            let moment = Timestamp(
                microseconds: .random(in: -62_000_000_000_000_000...250_000_000_000_000_000, using: &random))
            #expect(Timestamp(moment.civil) == moment)
        }
    }
}
