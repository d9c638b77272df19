import JSON
import Runtime

/// The results of a benchmark: a line for people each, and one line of JSON for programs at the end.
package struct Figures {
    private var rows: [(name: String, text: String, note: String)] = []
    private var members: [(String, JSONValue)] = []

    package init() {}

    /// `value` is printed with the digits that matter; `note` says what it is compared with.
    package mutating func add(_ name: String, _ value: Double, digits: Int = 2, _ note: String = "") {
        let rounded = round(value, digits)
        rows.append((name, rounded, note))
        members.append((name, JSONNumber(rounded).map { .number($0) } ?? .null))
    }

    package func print() {
        let width = rows.map(\.name.count).max() ?? 0
        let valueWidth = rows.map(\.text.count).max() ?? 0
        for row in rows {
            let name = row.name + String(repeating: " ", count: width - row.name.count)
            let value = String(repeating: " ", count: valueWidth - row.text.count) + row.text
            Swift.print("\(name)  \(value)  \(row.note)")
        }
        Swift.print((try? JSONCoder.text(JSONValue.object(members.map { .init($0.0, $0.1) }))) ?? "{}")
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
