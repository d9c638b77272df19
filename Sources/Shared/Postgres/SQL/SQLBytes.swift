/// The encoded values of a statement, one after the other.
public struct SQLBytes: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// Why a value cannot be sent; the statement then fails before it reaches the server.
    private(set) var failure: StaticString?

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    public mutating func append(_ byte: UInt8) { bytes.append(byte) }

    public mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    public mutating func append(_ text: some StringProtocol) { bytes.append(contentsOf: text.utf8) }

    public mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    public mutating func append(bigEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func fail(_ reason: StaticString) { failure = failure ?? reason }

    /// Room for a four-byte length that is known only later.
    mutating func reserveLength() -> Int {
        append(bigEndian: Int32(0))
        return bytes.count
    }

    mutating func setLength(reservedAt start: Int) {
        let length = Int32(bytes.count - start)
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: length.bigEndian, toByteOffset: start - 4, as: Int32.self)
        }
    }

    /// Encodes one parameter. A text ends with a zero byte, as libpq wants it, and no value is without a byte, so that
    /// its address is never that of an empty array.
    mutating func append<Value: SQLEncodable>(parameter value: Value) -> (offset: Int, count: Int) {
        let start = bytes.count
        guard !value.isSQLNull else { return (start, -1) }
        if Value.sqlType == .inferred {
            value.writeSQLText(into: &self)
            if bytes[start...].contains(0) { fail("a text with a zero byte cannot be stored as text") }
        } else {
            value.writeSQL(into: &self)
        }
        let count = bytes.count - start
        bytes.append(0)
        return (start, count)
    }

    mutating func append(contentsOf other: SQLBytes) {
        bytes.append(contentsOf: other.bytes)
        failure = failure ?? other.failure
    }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        failure = nil
    }
}
