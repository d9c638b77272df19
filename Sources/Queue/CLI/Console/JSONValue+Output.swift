import JSON
import Runtime

/// Values as `--json` has them: times as RFC 3339, spans in milliseconds, null where there is nothing.
extension JSONValue {
    static func time(_ time: Timestamp?) -> JSONValue { time.map { .string($0.rfc3339) } ?? .null }

    static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    static func count(_ number: (some FixedWidthInteger)?) -> JSONValue { number.map { .number($0) } ?? .null }

    static func milliseconds(_ span: Duration?) -> JSONValue { span.map { .number($0.milliseconds) } ?? .null }

    /// With three digits behind the point.
    static func fixed(_ number: Double?) -> JSONValue {
        number.flatMap { JSONNumber(Figures.fixed($0, 3)) }.map { .number($0) } ?? .null
    }
}
