import TestSupport
import Testing

@testable import Runtime

@Suite struct ZoneFileTests {
    @Test func `a file of version 1 has times of 32 bits and no rule`() throws {
        var file = ZoneFile(Self.version1)
        let zone = TimeZone(name: "Test/One", clock: try file.clock())
        #expect(zone.offset(at: Timestamp(seconds: -2)) == 3600)
        #expect(zone.offset(at: Timestamp(seconds: -1)) == 7200)
        #expect(zone.period(at: Timestamp(seconds: 0)).abbreviation == "CEST")
        #expect(zone.nextTransition(after: Timestamp(seconds: 0)) == nil)
    }

    @Test func `leap seconds are refused`() {
        var bytes = Self.version1
        bytes[31] = 1
        let refusal = #expect(throws: ZoneFile.Malformed.self) { _ = try read(bytes) }
        #expect(refusal?.reason.contains("leap seconds") == true)
    }

    @Test func `every cut of a file is refused, and no changed byte crashes`() throws {
        var seed = Seed()
        let whole = try TextFile.contents(of: "/usr/share/zoneinfo/Australia/Lord_Howe").toArray()
        for length in 0..<whole.count {
            #expect(throws: ZoneFile.Malformed.self, "\(length) bytes") { _ = try read(Array(whole[..<length])) }
        }
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &seed) {
                bytes[Int.random(in: 0..<bytes.count, using: &seed)] = UInt8.random(in: 0...255, using: &seed)
            }
            guard let clock = try? read(bytes) else { continue }
            let zone = TimeZone(name: "Test/Garbage", clock: clock)
            _ = zone.moment(reaching: zone.civil(at: Timestamp(seconds: Int64.random(in: 0...1 << 33, using: &seed))))
        }
    }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01T00:00:00Z", 7200),
        ("<-03>3", "2026-07-01T00:00:00Z", -10800),
        ("EST5EDT,J60/0,J305/24", "2028-03-01T04:59:59Z", -18000),
        ("EST5EDT,J60/0,J305/24", "2028-03-01T05:00:00Z", -14400),
        ("EST5EDT,59/0,304", "2028-02-29T05:00:00Z", -14400),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600),
        ("IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27T00:00:00Z", 10800),
        ("XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", -14400),
        ("LMT+0:53:28", "2026-01-01T00:00:00Z", -3208),
    ])
    func `a rule holds for ever`(text: String, moment: String, offset: Int64) throws {
        let zone = TimeZone(name: "Test/Rule", clock: ZoneClock(rule: try #require(ZoneRule(text: text))))
        #expect(zone.offset(at: try #require(Timestamp(rfc3339: moment))) == offset)
    }

    @Test func `daylight time all year has no transition`() throws {
        let rule = try #require(ZoneRule(text: "XXX3EDT4,0/0,J365/23"))
        let zone = TimeZone(name: "Test/Rule", clock: ZoneClock(rule: rule))
        #expect(zone.nextTransition(after: .now) == nil)
    }

    @Test(arguments: [
        "", "C1", "CET", "CET-", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J10", "CET-1CEST,366,1", "<CET-1",
        "CET-1CEST,M3.5.0,M10.5.0/168", "CET-1CEST,M3.5.0,M10.5.0 ", "CET-1:60",
    ])
    func `what is no rule is nil`(text: String) {
        #expect(ZoneRule(text: text) == nil)
    }

    private func read(_ bytes: [UInt8]) throws -> ZoneClock {
        var file = ZoneFile(bytes)
        return try file.clock()
    }

    /// CET until the last second before 1970, CEST since.
    private static let version1: [UInt8] =
        Array("TZif".utf8) + [UInt8](repeating: 0, count: 16)
        + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 9]
        + [0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0x0E, 0x10, 0, 0, 0, 0, 0x1C, 0x20, 1, 4] + Array("CET\0CEST\0".utf8)
}
