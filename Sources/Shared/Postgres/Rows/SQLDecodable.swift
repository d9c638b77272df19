import Runtime

/// One value of an answer, in the binary format. The bytes live as long as the answer.
public struct SQLCell {
    public let type: PostgresType
    /// Nil is NULL.
    public let bytes: UnsafeRawBufferPointer?
}

/// Why a cell does not become the value that was asked for.
public enum SQLMismatch: Error, Equatable {
    case null
    case wrongType
    case outOfRange
    case malformed(String)
}

/// A value that a column can be read as.
public protocol SQLDecodable: Sendable {
    static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Self
    /// How an array column becomes an array of these values; `bytea` differs from all others.
    static func decodeArray(_ cell: SQLCell) throws(SQLMismatch) -> [Self]
}

extension SQLDecodable {
    public static func decodeArray(_ cell: SQLCell) throws(SQLMismatch) -> [Self] {
        var reader = try SQLArrayReader(cell)
        var values: [Self] = []
        values.reserveCapacity(reader.count)
        while let element = try reader.next() { values.append(try decode(element)) }
        return values
    }
}

extension SQLCell {
    /// The bytes of a value that must not be NULL.
    var value: UnsafeRawBufferPointer {
        get throws(SQLMismatch) {
            guard let bytes else { throw .null }
            return bytes
        }
    }

    /// A big-endian integer that is the whole value.
    func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(SQLMismatch) -> Value {
        let bytes = try value
        guard bytes.count == MemoryLayout<Value>.size else { throw .malformed("\(bytes.count) bytes") }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }

    /// Any of the integer types, widened.
    func wideInteger() throws(SQLMismatch) -> Int64 {
        switch type {
        case .int8: try integer(Int64.self)
        case .int4: Int64(try integer(Int32.self))
        case .int2: Int64(try integer(Int16.self))
        case .oid: Int64(try integer(UInt32.self))
        default: throw .wrongType
        }
    }

    func narrowInteger<Value: FixedWidthInteger>() throws(SQLMismatch) -> Value {
        guard let value = Value(exactly: try wideInteger()) else { throw .outOfRange }
        return value
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Wrapped? {
        cell.bytes == nil ? nil : try Wrapped.decode(cell)
    }
}

extension SQLDecodable where Self: RawRepresentable, RawValue: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Self {
        let raw = try RawValue.decode(cell)
        guard let value = Self(rawValue: raw) else { throw .malformed("\(raw) is none of its values") }
        return value
    }
}

extension Array: SQLDecodable where Element: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> [Element] { try Element.decodeArray(cell) }
}
