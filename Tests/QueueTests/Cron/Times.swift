import Runtime
import Testing

func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

/// Local times as clocks in the zone show them, with their distance from UTC in hours: `2026-03-29T03:00:00+2`.
func shown(_ moments: [Timestamp], in zone: TimeZone) -> [String] {
    moments.map { moment in
        let offset = zone.offset(at: moment)
        return Timestamp(zone.civil(at: moment)).rfc3339.prefix(19) + (offset < 0 ? "-" : "+")
            + "\(Double(offset.magnitude) / 3600)".replacing(".0", with: "")
    }
}
