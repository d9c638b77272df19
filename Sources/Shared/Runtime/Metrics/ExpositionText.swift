/// The labels of a series as they stand in the text, or nothing: `{method="GET",status="200"}`.
public struct LabelText: Sendable, Hashable {
    private(set) var text = ""

    init(_ pairs: some Sequence<(String, String)>) {
        for (name, value) in pairs { add(name, value) }
    }

    func adding(_ name: String, _ bound: Double) -> LabelText {
        var wider = self
        wider.add(name, metricText(of: bound))
        return wider
    }

    private mutating func add(_ name: String, _ value: String) {
        text = text.isEmpty ? "{" : text.dropLast() + ","
        text += "\(name)=\"\(value.escapedForMetrics(quotes: true))\"}"
    }
}

extension ByteBuffer {
    mutating func append(help: String, of shape: MetricShape) {
        append("# HELP \(shape.name) \(help.escapedForMetrics(quotes: false))\n")
        append("# TYPE \(shape.name) \(shape.kind.rawValue)\n")
    }

    /// One line: the name with its labels, and the number that `value` appends.
    mutating func append(sample name: String, _ labels: LabelText, _ value: (inout ByteBuffer) -> Void) {
        append(name)
        append(labels.text)
        append(byte: UInt8(ascii: " "))
        value(&self)
        append(byte: UInt8(ascii: "\n"))
    }

    mutating func append(metric value: Double) { append(metricText(of: value)) }
}

private func metricText(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map { "\($0)" } ?? value.description
}

extension String {
    fileprivate func escapedForMetrics(quotes: Bool) -> String {
        guard utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return self }
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
