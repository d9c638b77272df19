import Runtime
import Testing

@testable import Queue

@Suite struct CronExpressionTests {
    @Test(arguments: CronReference.rows)
    func `the next times are those of another implementation`(row: CronReference.Row) throws {
        let next = try CronExpression(row.expression).upcoming(4, after: try time(row.after), in: .utc)
        #expect(next == (try row.next.map(time)))
    }

    @Test(arguments: [
        ("0 0 15W * *", ["2026-02-16", "2026-03-16", "2026-04-15", "2026-05-15", "2026-06-15"]),
        (
            "0 0 1W * *",
            ["2026-02-02", "2026-03-02", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-03"]
        ),
        ("0 0 31W * *", ["2026-03-31", "2026-05-29", "2026-07-31", "2026-08-31"]),
        ("0 0 LW * *", ["2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"]),
        ("0 0 L-3 * *", ["2026-02-25", "2026-03-28", "2026-04-27"]),
        ("0 0 L-30 * *", ["2026-03-01", "2026-05-01", "2026-07-01"]),
        ("0 0 1,L * *", ["2026-02-01", "2026-02-28", "2026-03-01", "2026-03-31"]),
        ("0 0 L * FRI", ["2026-02-06", "2026-02-13", "2026-02-20", "2026-02-27", "2026-02-28"]),
    ])
    func `days are counted from the end and moved to workdays`(text: String, days: [String]) throws {
        let next = try CronExpression(text).upcoming(days.count, after: try time("2026-01-31T12:00:00Z"), in: .utc)
        #expect(next.map { String($0.rfc3339.prefix(10)) } == days)
    }

    @Test(arguments: [
        ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * SUN"),
        ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * ?"), ("@Hourly", "0 * * * *"), (" 0\t0  * * * ", "@daily"),
    ])
    func `a shortcut stands for five fields`(shortcut: String, fields: String) throws {
        let start = try time("2026-06-30T23:59:59Z")
        let next = try CronExpression(shortcut).upcoming(after: start, in: .utc)
        #expect(next.count == 20)
        #expect(next == (try CronExpression(fields).upcoming(after: start, in: .utc)))
    }

    @Test(arguments: [
        ("@every 90s", ["2026-01-01T00:01:30Z", "2026-01-01T00:03:00Z"]),
        ("@every 15m", ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"]),
        ("@every 1h30m", ["2026-01-01T01:30:00Z", "2026-01-01T03:00:00Z"]),
        ("@every 1d", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]),
    ])
    func `every so often is the same for whoever asks`(text: String, expected: [String]) throws {
        let every = try CronExpression(text)
        let zone = try TimeZone("Asia/Kathmandu")
        for start in ["2026-01-01T00:00:00Z", "2026-01-01T00:00:59.999999Z"] {
            #expect(every.upcoming(2, after: try time(start), in: zone) == (try expected.map(time)))
        }
    }

    @Test(arguments: ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 L-30 2 *", "0 0 31W FEB ?", "0 0 ? 2 MON#5"])
    func `an impossible date ends, and a rare one is found`(text: String) throws {
        let zone = try TimeZone("Europe/Berlin")
        let next = try CronExpression(text).next(after: try time("2026-03-01T00:00:00Z"), in: zone)
        // A fifth Monday in February needs a leap year that begins on a Thursday.
        #expect(next == (text.hasSuffix("#5") ? try time("2044-02-28T23:00:00Z") : nil))
    }

    @Test func `an occurrence is later than the moment asked about, to the microsecond`() throws {
        let daily = try CronExpression("0 3 * * *")
        let three = try time("2026-05-05T03:00:00Z")
        #expect(daily.next(after: three - .microseconds(1), in: .utc) == three)
        #expect(daily.next(after: three, in: .utc) == three + .days(1))
        #expect(daily.next(after: try time("1969-07-20T20:17:40Z"), in: .utc) == (try time("1969-07-21T03:00:00Z")))
    }

    @Test(arguments: [
        ("61 * * * *", CronField.minute, "61", "0 to 59"), ("* 24 * * *", .hour, "24", "0 to 23"),
        ("* * 0 * *", .dayOfMonth, "0", "1 to 31"), ("* * * 13 *", .month, "13", "JAN to DEC"),
        ("* * * * 8", .weekday, "8", "SUN to SAT"), ("60 * * * * *", .second, "60", "0 to 59"),
        ("*/90 * * * *", .minute, "*/90", "n from 1 to 59"), ("*/0 * * * *", .minute, "*/0", "n from 1"),
        ("* * * MAI *", .month, "MAI", "JAN to DEC"), ("1,,2 * * * *", .minute, "", "0 to 59"),
        ("1- * * * *", .minute, "1-", "ranges"), ("-5 * * * *", .minute, "-5", "0 to 59"),
        ("+5 * * * *", .minute, "+5", "0 to 59"), ("1-2-3 * * * *", .minute, "1-2-3", "ranges"),
        ("*/2/3 * * * *", .minute, "*/2/3", "steps"), ("? * * * *", .minute, "?", "0 to 59"),
        ("* * L-31 * *", .dayOfMonth, "L-31", "L-3"), ("* * 32W * *", .dayOfMonth, "32W", "15W"),
        ("* * * * MON#6", .weekday, "MON#6", "5#2"), ("* * * * L", .weekday, "L", "5L"),
        ("* * * * #1", .weekday, "#1", "5#2"), ("* * W * *", .dayOfMonth, "W", "15W"),
        ("99999999999999999999 * * * *", .minute, "99999999999999999999", "0 to 59"), ("٣ * * * *", .minute, "٣", "0"),
        ("* MON * * *", .hour, "MON", "0 to 23"), ("*5 * * * *", .minute, "*5", "*"),
        ("** * * * *", .minute, "**", "*"),
    ])
    func `a mistake names its field, its text and what is allowed`(
        expression: String, field: CronField, text: String, allowed: String
    ) throws {
        let error = try #require(#expect(throws: CronError.self) { try CronExpression(expression) })
        #expect(error.field == field)
        #expect(error.text == text)
        #expect(error.allowed.contains(allowed))
        #expect(error.description.contains("\"\(expression)\"") && error.description.contains("the \(field)"))
    }

    @Test(arguments: [
        "", "  ", "* * * *", "* * * * * * *", "@", "@reboot", "@daily x", "@every", "@every 0s", "@every 90",
        "@every s",
        "@every 1.5h", "@every -5m", "@every 1w", "@every 400d", "@every 5 m", "@every 9999999999s", "@every 5m3",
    ])
    func `what is no expression is refused as a whole`(expression: String) throws {
        let error = try #require(#expect(throws: CronError.self) { try CronExpression(expression) })
        #expect(error.field == nil)
        #expect(error.expression == expression)
    }

    @Test(arguments: [
        ("30 3 * * MON-FRI", "at 03:30, on Monday to Friday"), ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"), ("5 * * * *", "at minute 5, every hour"),
        ("*/15 8-17 * * *", "every 15 minutes, at hour 8 to 17"), ("0 */2 * * *", "at minute 0, every 2 hours"),
        ("* * * * * *", "every second"), ("*/10 * * * * *", "every 10 seconds"), ("@every 90m", "every 90 minutes"),
        ("@every 1h", "every hour"), ("15 0 12 * * *", "at 12:00:15"),
        ("0 0 13 * 5", "at 00:00, on day 13, or on Friday"),
        ("0 0 L 2,12 *", "at 00:00, on the last day, in February, December"),
        ("0 9,17 * * 5#2", "at 09:00, 17:00, on the second Friday"),
        ("0 0 */10 * MON", "at 00:00, on day 1, 11, 21, 31, only on Monday"),
    ])
    func `an expression can be said in words`(text: String, words: String) throws {
        #expect(try CronExpression(text).description == words)
    }
}
