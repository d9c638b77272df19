/// A number as its text, so that no digit is lost: decimals, and integers beyond 64 bits.
package struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    init(validated text: String) { self.text = text }

    /// Nil where `text` is no JSON number.
    package init?(_ text: String) {
        let isNumber = text.withBytes { bytes in
            var reader = JSONReader(bytes)
            do throws(JSONStop) {
                guard try reader.nextKind() == .number, reader.position == 0 else { return false }
                _ = try reader.scanNumber()
                return reader.position == bytes.count
            } catch { return false }
        }
        guard isNumber else { return nil }
        self.text = text
    }

    package init(_ value: some FixedWidthInteger) { text = String(value) }

    /// Nil for what has no decimal form: infinities and NaN.
    package init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = JSONWriter.digits(of: value)
    }

    /// The value as an integer; nil where it has a fraction or an exponent, or does not fit.
    package func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? { T(text) }

    /// The nearest double; infinite where the number is too large.
    package var double: Double { Double(text) ?? .nan }

    package var description: String { text }
}

extension JSONNumber: JSONReadable, JSONWritable {
    package init(json: inout JSONReader) throws(JSONStop) { self = try json.number() }

    package func write(json: inout JSONWriter) { json.number(text) }
}
