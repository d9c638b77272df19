/// The results of a benchmark: a line for people each, and one line of JSON for programs at the end.
package struct Figures {
    private var rows: [(name: String, text: String, note: String)] = []

    package init() {}

    /// `value` is printed with the digits that matter; `note` says what it is compared with.
    package mutating func add(_ name: String, _ value: Double, digits: Int = 2, _ note: String = "") {
        rows.append((name, round(value, digits), note))
    }

    package func print() {
        let width = rows.map(\.name.count).max() ?? 0
        let valueWidth = rows.map(\.text.count).max() ?? 0
        for row in rows {
            let name = row.name + String(repeating: " ", count: width - row.name.count)
            let value = String(repeating: " ", count: valueWidth - row.text.count) + row.text
            Swift.print("\(name)  \(value)  \(row.note)")
        }
        // Names are identifiers and values are numbers: nothing to escape.
        Swift.print("{" + rows.map { "\"\($0.name)\":\($0.text)" }.joined(separator: ",") + "}")
    }

    private func round(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "0" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        let whole = Int64(scaled / scale)
        let fraction = Int64(scaled) - whole * Int64(scale)
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let padded = String(repeating: "0", count: digits - String(fraction).count) + String(fraction)
        return "\(sign)\(whole).\(padded)"
    }
}
