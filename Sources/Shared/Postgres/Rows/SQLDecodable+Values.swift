import Runtime

extension Bool: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Bool {
        guard cell.type == .bool else { throw .wrongType }
        return try cell.integer(UInt8.self) != 0
    }
}

extension Int: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int { try cell.narrowInteger() }
}

extension Int64: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int64 { try cell.wideInteger() }
}

extension Int32: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int32 { try cell.narrowInteger() }
}

extension Int16: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Int16 { try cell.narrowInteger() }
}

extension UInt32: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> UInt32 { try cell.narrowInteger() }
}

extension UInt8: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> UInt8 { try cell.narrowInteger() }

    public static func decodeArray(_ cell: SQLCell) throws(SQLMismatch) -> [UInt8] {
        guard cell.type == .bytea else { throw .wrongType }
        return [UInt8](try cell.value)
    }
}

extension Double: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Double {
        switch cell.type {
        case .float8: Double(bitPattern: try cell.integer(UInt64.self))
        case .float4: Double(Float(bitPattern: try cell.integer(UInt32.self)))
        default: throw .wrongType
        }
    }
}

extension Float: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Float {
        guard cell.type == .float4 else { throw .wrongType }
        return Float(bitPattern: try cell.integer(UInt32.self))
    }
}

extension String: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> String {
        switch cell.type {
        case .text, .varchar, .bpchar, .name, .json, .xml, .char, .unknown:
            String(decoding: try cell.value, as: UTF8.self)
        case .jsonb: try JSONText.decode(cell).text
        case let type where type.isUserDefined: try userDefined(cell)
        default: throw .wrongType
        }
    }

    /// Enums and `citext` are their text also in the binary format; a composite type is not, and fails here.
    private static func userDefined(_ cell: SQLCell) throws(SQLMismatch) -> String {
        guard let text = String(validating: try cell.value, as: UTF8.self), !text.utf8.contains(0) else {
            throw .wrongType
        }
        return text
    }
}

extension JSONText: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> JSONText {
        let bytes = try cell.value
        switch cell.type {
        case .json: return JSONText(String(decoding: bytes, as: UTF8.self))
        case .jsonb:
            guard bytes.first == binaryVersion else { throw .malformed("an unknown version of jsonb") }
            return JSONText(String(decoding: bytes.dropFirst(), as: UTF8.self))
        default: throw .wrongType
        }
    }
}

extension UUID: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> UUID {
        guard cell.type == .uuid else { throw .wrongType }
        let bytes = try cell.value
        guard bytes.count == 16 else { throw .malformed("\(bytes.count) bytes") }
        return UUID(bytes: bytes)
    }
}

extension ID: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> ID { ID(try UUID.decode(cell)) }
}

extension Timestamp: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Timestamp {
        guard cell.type == .timestamptz || cell.type == .timestamp else {
            let date = try CalendarDate.decode(cell)
            return Timestamp(date.civil)
        }
        let value = try cell.integer(Int64.self)
        guard value != .max, value != .min else { throw .malformed("infinity is no moment") }
        let (microseconds, overflow) = value.addingReportingOverflow(PostgresEpoch.microseconds)
        guard !overflow else { throw .outOfRange }
        return Timestamp(microseconds: microseconds)
    }
}

extension CalendarDate: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> CalendarDate {
        guard cell.type == .date else { throw .wrongType }
        let days = try cell.integer(Int32.self)
        guard days != .max, days != .min else { throw .malformed("infinity is no date") }
        return CalendarDate(dayNumber: Int64(days) + PostgresEpoch.days)
    }
}

extension Duration: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Duration {
        guard cell.type == .interval else { throw .wrongType }
        let bytes = try cell.value
        guard bytes.count == 16 else { throw .malformed("\(bytes.count) bytes") }
        let microseconds = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        let days = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        let months = Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self))
        guard months == 0 else { throw .malformed("months have no fixed length") }
        return .microseconds(microseconds) + .seconds(Int64(days) * 86_400)
    }
}

extension Numeric: SQLDecodable {
    public static func decode(_ cell: SQLCell) throws(SQLMismatch) -> Numeric {
        switch cell.type {
        case .numeric: try Numeric(binary: try cell.value)
        case .int2, .int4, .int8: Numeric(Int(try cell.wideInteger()))
        default: throw .wrongType
        }
    }

    private init(binary bytes: UnsafeRawBufferPointer) throws(SQLMismatch) {
        func short(_ offset: Int) -> UInt16 {
            UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
        }
        guard bytes.count >= 8, bytes.count == 8 + 2 * Int(short(0)), let sign = Sign(rawValue: short(4)) else {
            throw .malformed("\(bytes.count) bytes")
        }
        var groups: [Int16] = []
        for position in 0..<Int(short(0)) {
            let group = short(8 + 2 * position)
            guard group < 10_000 else { throw .malformed("a digit of \(group)") }
            groups.append(Int16(group))
        }
        self.init(groups: groups, weight: Int(Int16(bitPattern: short(2))), sign: sign, scale: Int(short(6)))
    }
}
