/// The unit of a number that stands alone.
public enum TimeUnit: Sendable {
    case milliseconds, seconds, minutes, hours

    fileprivate var microseconds: Int64 {
        switch self {
        case .milliseconds: 1000
        case .seconds: 1_000_000
        case .minutes: 60_000_000
        case .hours: 3_600_000_000
        }
    }
}

extension Setting where Value == Duration {
    /// `15m`, `1h30m`, `1500ms`, `0.5s`, `7d`; a number alone counts in `unit`.
    public static func duration(
        unit: TimeUnit = .seconds, in range: ClosedRange<Duration> = .zero ... .days(36500)
    ) -> Setting {
        Setting(example: "30s", placeholder: .zero, show: { shortText(of: $0) }) { text throws(ConfigMistake) in
            guard let microseconds = microseconds(in: text, unit: unit) else {
                throw ConfigMistake("is not a length of time")
            }
            let value = Duration.microseconds(microseconds)
            guard range.contains(value) else {
                throw ConfigMistake(
                    "is not from \(shortText(of: range.lowerBound)) to \(shortText(of: range.upperBound))")
            }
            return value
        }
    }
}

extension Setting where Value == Int {
    /// `25MB`, `64k`, `1048576`. Units are powers of 1024, as Redis and nginx read them.
    public static func bytes(in range: ClosedRange<Int> = 0...Int.max) -> Setting {
        Setting(example: "25MB", placeholder: 0) { text throws(ConfigMistake) in
            let parts = measures(in: text)
            guard parts.count == 1, let factor = byteFactor(parts[0].unit),
                let value = Int(exactly: (parts[0].number * Double(factor)).rounded())
            else { throw ConfigMistake("is not a number of bytes") }
            guard range.contains(value) else {
                throw ConfigMistake("is not from \(range.lowerBound) to \(range.upperBound) bytes")
            }
            return value
        }
    }
}

private func microseconds(in text: String, unit: TimeUnit) -> Int64? {
    let parts = measures(in: text)
    guard !parts.isEmpty else { return nil }
    var total = 0.0
    for part in parts {
        guard let factor = part.unit.isEmpty && parts.count == 1 ? unit.microseconds : timeFactor(part.unit) else {
            return nil
        }
        total += part.number * Double(factor)
    }
    return Int64(exactly: total.rounded())
}

private func timeFactor(_ unit: Substring) -> Int64? {
    switch unit {
    case "us": 1
    case "ms": 1000
    case "s": 1_000_000
    case "m": 60_000_000
    case "h": 3_600_000_000
    case "d": 86_400_000_000
    case "w": 604_800_000_000
    default: nil
    }
}

private func byteFactor(_ unit: Substring) -> Int? {
    switch unit.lowercased() {
    case "", "b": 1
    case "k", "kb", "kib": 1 << 10
    case "m", "mb", "mib": 1 << 20
    case "g", "gb", "gib": 1 << 30
    case "t", "tb", "tib": 1 << 40
    default: nil
    }
}

/// `1h30m` as (1, h), (30, m); nothing when the text is anything else.
private func measures(in text: String) -> [(number: Double, unit: Substring)] {
    var parts: [(Double, Substring)] = []
    var rest = text[...]
    while !rest.isEmpty {
        let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard digits.first != ".", digits.last != ".", let number = Double(digits) else { return [] }
        rest = rest.dropFirst(digits.count).drop { $0 == " " }
        let unit = rest.prefix { $0.isASCII && $0.isLetter }
        rest = rest.dropFirst(unit.count).drop { $0 == " " }
        parts.append((number, unit))
    }
    return parts
}

private func shortText(of span: Duration) -> String {
    let microseconds = span.microseconds
    for (unit, factor) in [("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)]
        as [(String, Int64)]
    where microseconds != 0 && microseconds % factor == 0 {
        return "\(microseconds / factor)\(unit)"
    }
    return "\(microseconds / 1000)ms"
}
