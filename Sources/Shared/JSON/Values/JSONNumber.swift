/// A number as its text, so that no digit is lost: decimals, and integers beyond 64 bits.
public struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    init(validated text: String) { self.text = text }

    /// Nil where `text` is no JSON number.
    public init?(_ text: String) {
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

    public init(_ value: some FixedWidthInteger) { text = String(value) }

    /// Nil for what has no decimal form: infinities and NaN.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = JSONWriter.digits(of: value)
    }

    /// The value as an integer; nil where it has a fraction or an exponent, or does not fit.
    public func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? { T(text) }

    /// The nearest double; infinite where the number is too large.
    public var double: Double { Double(text) ?? .nan }

    public var description: String { text }
}

extension JSONNumber: JSONReadable, JSONWritable {
    public init(json: inout JSONReader) throws(JSONStop) { self = try json.number() }

    public func write(json: inout JSONWriter) { json.number(text) }
}
