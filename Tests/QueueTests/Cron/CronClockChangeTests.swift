import Runtime
import Testing

@testable import Queue

/// The rules in the comment of `CronExpression`, in places whose clocks change in different ways.
@Suite struct CronClockChangeTests {
    @Test(arguments: [
        // Set times in the gap of spring run once, at its end.
        (
            "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z",
            ["03-28T02:30:00+1", "03-29T03:00:00+2", "03-30T02:30:00+2"]
        ),
        ("0,20,40 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["03-29T03:00:00+2", "03-30T02:00:00+2"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["03-29T03:00:00+2", "03-30T02:00:00+2"]),
        ("0 0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["03-29T03:00:00+2", "03-30T03:00:00+2"]),
        ("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", ["03-08T03:00:00-4", "03-09T02:30:00-4"]),
        ("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", ["11-04T01:00:00-2", "11-05T00:00:00-2"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", ["10-04T02:30:00+11", "10-05T02:15:00+11"]),
        (
            "0 6,12 * * *", "Pacific/Apia", "2011-12-29T18:00:00Z",
            ["12-29T12:00:00-10", "12-31T00:00:00+14", "12-31T06:00:00+14"]
        ),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T00:59:59Z", ["03-29T03:00:00+2", "03-30T02:30:00+2"]),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", ["03-30T02:30:00+2"]),
        // Set times in the fold of autumn run at their first occurrence.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["10-25T02:30:00+2", "10-26T02:30:00+1"]),
        (
            "0 2,3 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
            ["10-25T02:00:00+2", "10-25T03:00:00+1", "10-26T02:00:00+1"]
        ),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", ["10-26T02:30:00+1"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", ["10-26T02:30:00+1"]),
        ("*/30 30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", ["10-25T02:30:30+2", "10-26T02:30:00+1"]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", ["11-01T01:30:00-4", "11-02T01:30:00-5"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", ["04-05T01:45:00+11", "04-06T01:45:00+10.5"]),
        // Intervals run by real time.
        (
            "*/30 * * * *", "Europe/Berlin", "2026-03-29T00:15:00Z",
            ["03-29T01:30:00+1", "03-29T03:00:00+2", "03-29T03:30:00+2"]
        ),
        (
            "*/30 * * * *", "Europe/Berlin", "2026-10-25T00:15:00Z",
            ["10-25T02:30:00+2", "10-25T02:00:00+1", "10-25T02:30:00+1", "10-25T03:00:00+1"]
        ),
        (
            "0 * * * *", "America/New_York", "2026-11-01T04:30:00Z",
            ["11-01T01:00:00-4", "11-01T01:00:00-5", "11-01T02:00:00-5"]
        ),
        ("0 * * * *", "America/New_York", "2026-03-08T06:30:00Z", ["03-08T03:00:00-4", "03-08T04:00:00-4"]),
        ("*/20 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["03-30T02:00:00+2", "03-30T02:20:00+2"]),
        (
            "0 */2 * * *", "Europe/Berlin", "2026-10-24T23:30:00Z",
            ["10-25T02:00:00+2", "10-25T02:00:00+1", "10-25T04:00:00+1"]
        ),
        (
            "*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:50:00Z",
            ["04-05T01:30:00+10.5", "04-05T01:45:00+10.5"]
        ),
        // No changes at all, an offset of half an hour, and years beyond the table.
        ("0 9 * * *", "Asia/Kolkata", "2026-03-29T00:00:00Z", ["03-29T09:00:00+5.5", "03-30T09:00:00+5.5"]),
        ("30 2 * * *", "Europe/Berlin", "2050-03-26T12:00:00Z", ["03-27T03:00:00+2", "03-28T02:30:00+2"]),
        ("30 1 * * *", "America/New_York", "2050-11-05T12:00:00Z", ["11-06T01:30:00-4", "11-07T01:30:00-5"]),
    ])
    func `clock changes`(text: String, zone: String, after: String, expected: [String]) throws {
        let zone = try TimeZone(zone)
        let next = try CronExpression(text).upcoming(expected.count, after: try time(after), in: zone)
        #expect(shown(next, in: zone).map { String($0.dropFirst(5)) } == expected)
    }

    @Test(
        arguments: ["30 2 * * *", "0 0 * * *", "59 23 * * *"], ["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
    func `what is set for once a day runs once a day for years`(text: String, zone: String) throws {
        let zone = try TimeZone(zone)
        let runs = try CronExpression(text).upcoming(3653, after: try time("2030-01-01T12:00:00Z"), in: zone)
        let days = runs.map { zone.civil(at: $0).dayNumber }
        #expect(zip(days, days.dropFirst()).allSatisfy { $1 - $0 == 1 })
    }
}
