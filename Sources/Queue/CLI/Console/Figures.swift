import Runtime

/// Numbers and times as people read them.
enum Figures {
    /// 1,234,567
    static func count(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// `1 job`, `3 jobs`.
    static func count(_ number: Int, _ noun: String) -> String { "\(count(number)) \(noun)\(number == 1 ? "" : "s")" }

    /// The two largest units: `350ms`, `12s`, `3m 20s`, `2d 4h`.
    static func span(_ span: Duration) -> String {
        let milliseconds = span.milliseconds
        if milliseconds < 0 { return "-" + self.span(.zero - span) }
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1000
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return two(seconds / 60, "m", seconds % 60, "s") }
        if seconds < 86400 { return two(seconds / 3600, "h", seconds % 3600 / 60, "m") }
        return two(seconds / 86400, "d", seconds % 86400 / 3600, "h")
    }

    private static func two(_ large: Int64, _ unit: String, _ small: Int64, _ lesser: String) -> String {
        small == 0 ? "\(large)\(unit)" : "\(large)\(unit) \(small)\(lesser)"
    }

    /// `3m 20s ago`, `in 5s`, `now`.
    static func relative(_ time: Timestamp, now: Timestamp = .now) -> String {
        let distance = time - now
        if distance.milliseconds.magnitude < 1000 { return "now" }
        // What is said "in 5m" shows as that for its first moments too.
        return distance > .zero ? "in \(span(distance + .milliseconds(500)))" : "\(span(.zero - distance)) ago"
    }

    /// As much as one needs of a number per second: `0`, `0.05`, `3.2`, `1,240`.
    static func rate(_ perSecond: Double) -> String {
        if perSecond == 0 { return "·" }
        if perSecond >= 100 { return count(Int(perSecond.rounded())) }
        return fixed(perSecond, perSecond >= 10 ? 1 : 2)
    }

    /// With so many digits behind the point.
    static func fixed(_ number: Double, _ digits: Int) -> String {
        let factor = digits == 0 ? 1.0 : digits == 1 ? 10.0 : digits == 2 ? 100.0 : 1000.0
        let scaled = Int((number.magnitude * factor).rounded())
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let rest = String(scaled % Int(factor))
        return "\(sign)\(scaled / Int(factor))." + String(repeating: "0", count: digits - rest.count) + rest
    }

    static func bytes(_ count: Int) -> String {
        if count < 1024 { return "\(count) B" }
        if count < 1 << 20 { return fixed(Double(count) / 1024, 1) + " kB" }
        return fixed(Double(count) / Double(1 << 20), 1) + " MB"
    }
}
