import Testing

@testable import Runtime

/// The expected values come from Python's zoneinfo.
@Suite struct TimeZoneTests {
    @Test(arguments: ZoneReading.all)
    func `clocks show what the tz database says`(_ reading: ZoneReading) throws {
        let zone = try TimeZone(reading.zone)
        let moment = try #require(Timestamp(rfc3339: reading.moment))
        #expect(zone.civil(at: moment) == (try local(reading.shown)))
        #expect(zone.period(at: moment).abbreviation == reading.abbreviation)
        #expect(zone.moments(showing: try local(reading.shown)).contains(moment))
    }

    @Test func `UTC needs no file and never changes`() throws {
        let zone = try TimeZone("UTC")
        #expect(zone == .utc)
        #expect(zone.offset(at: .now) == 0)
        #expect(zone.nextTransition(after: .now) == nil)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-03-29T02:00:00", [], "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-03-29T02:59:59", [], "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-03-29T03:00:00", ["2026-03-29T01:00:00Z"], "2026-03-29T01:00:00Z"),
        (
            "Europe/Berlin", "2026-10-25T02:30:00", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
            "2026-10-25T00:30:00Z"
        ),
        (
            "Australia/Lord_Howe", "2026-04-05T01:45:00", ["2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"],
            "2026-04-04T14:45:00Z"
        ),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", [], "2026-10-03T15:30:00Z"),
        ("Pacific/Apia", "2011-12-30T12:00:00", [], "2011-12-30T10:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04T00:00:00", [], "2018-11-04T03:00:00Z"),
        (
            "America/New_York", "2050-11-06T01:30:00", ["2050-11-06T05:30:00Z", "2050-11-06T06:30:00Z"],
            "2050-11-06T05:30:00Z"
        ),
        ("America/New_York", "2050-03-13T02:30:00", [], "2050-03-13T07:00:00Z"),
    ])
    func `a local time is shown never, once or twice`(
        zone: String, shown: String, moments: [String], reached: String
    ) throws {
        let zone = try TimeZone(zone)
        #expect(zone.moments(showing: try local(shown)) == moments.compactMap { Timestamp(rfc3339: $0) })
        #expect(zone.moment(reaching: try local(shown)) == Timestamp(rfc3339: reached))
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T03:00:00"),
        ("Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00"),
        ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00"),
        ("Europe/Berlin", "2026-03-29T01:00:01Z", "2026-03-29T03:00:01"),
    ])
    func `the first unseen local time waits out a fold and takes in a gap`(
        zone: String, moment: String, unseen: String
    ) throws {
        let moment = try #require(Timestamp(rfc3339: moment))
        #expect(try TimeZone(zone).civil(unseenBefore: moment) == (try local(unseen)))
    }

    @Test(
        arguments: [
            ("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
            ("Europe/Berlin", "2050-01-01T00:00:00Z", "2050-03-27T01:00:00Z"),
            ("Australia/Lord_Howe", "2050-06-01T00:00:00Z", "2050-10-01T15:30:00Z"),
            ("Pacific/Apia", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z"),
            ("America/Sao_Paulo", "2019-02-17T02:00:00Z", nil),
            ("Asia/Kolkata", "2026-01-01T00:00:00Z", nil),
        ] as [(String, String, String?)])
    func `the next transition is found in the table and beyond it`(
        zone: String, after: String, expected: String?
    ) throws {
        let after = try #require(Timestamp(rfc3339: after))
        #expect(try TimeZone(zone).nextTransition(after: after) == expected.flatMap { Timestamp(rfc3339: $0) })
    }

    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"])
    func `periods follow one another without a hole`(name: String) throws {
        let zone = try TimeZone(name)
        var period = zone.period(at: try #require(Timestamp(rfc3339: "1800-01-01T00:00:00Z")))
        let last = try #require(Timestamp(rfc3339: "2100-01-01T00:00:00Z"))
        #expect(period.start == nil)
        while let end = period.end, end < last {
            #expect(zone.period(at: end - .microseconds(1)) == period)
            let next = zone.period(at: end)
            #expect(next.start == end)
            period = next
        }
    }

    @Test(arguments: [
        "", "/etc/passwd", "../passwd", "Europe/../Europe/Berlin", "Europe//Berlin", "Europe/Berlin/", "zone.tab",
        "Europe/Ber lin", "Europe/Berl\u{0}in", "Zürich", String(repeating: "a", count: 65),
    ])
    func `a name that could leave the folder is refused`(name: String) {
        #expect(throws: TimeZoneError.malformedName(name)) { try TimeZone(name) }
    }

    @Test(arguments: ["Europe/Atlantis", "Europe", "UTC/Berlin", "europe/berlin"])
    func `a name without a zone is unknown`(name: String) {
        #expect(throws: TimeZoneError.unknown(name)) { try TimeZone(name) }
    }
}

/// What clocks show in a zone at a moment.
struct ZoneReading: Sendable, CustomTestStringConvertible {
    let zone, moment, shown, abbreviation: String

    var testDescription: String { "\(zone) at \(moment)" }
}

func local(_ text: String) throws -> CivilTime { try #require(Timestamp(rfc3339: text + "Z")).civil }
