/// A field of a minute's hash in Redis, and a measure of the statistics in PostgreSQL: what was counted, of which kind of
/// job if that is known.
///
/// As text `done`, `wait:12`, or with a kind `done push.send`.
package struct StatisticsField: Hashable, Sendable, CustomStringConvertible {
    package enum Measure: Hashable, Sendable {
        /// `done`, `failed`, `dead`, `retrying` and the like.
        case count(String)
        /// How many waited, or ran, less than 2ⁿ µs.
        case waited(bucket: Int)
        case ran(bucket: Int)
    }

    package let measure: Measure
    /// Empty for all kinds together.
    package let kind: String

    package init(_ measure: Measure, kind: String = "") {
        self.measure = measure
        self.kind = kind
    }

    /// Nil for what no worker writes.
    package init?(_ text: String) {
        guard text.utf8.count <= 400, !text.utf8.contains(0) else { return nil }
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, let measure = Measure(name) else { return nil }
        self.init(measure, kind: parts.count > 1 ? String(parts[1]) : "")
    }

    package var description: String { kind.isEmpty ? "\(measure)" : "\(measure) \(kind)" }
}

extension StatisticsField.Measure: CustomStringConvertible {
    package init?(_ text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":") else {
            self = .count(String(text))
            return
        }
        guard let bucket = Int(text[text.index(after: colon)...]), (0..<64).contains(bucket) else { return nil }
        switch text[..<colon] {
        case "wait": self = .waited(bucket: bucket)
        case "run": self = .ran(bucket: bucket)
        default: return nil
        }
    }

    package var description: String {
        switch self {
        case .count(let name): name
        case .waited(let bucket): "wait:\(bucket)"
        case .ran(let bucket): "run:\(bucket)"
        }
    }
}
