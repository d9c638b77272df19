import Runtime

extension SQLEncodable {
    public static func writeSQLArray(_ values: [Self], into bytes: inout SQLBytes) {
        guard sqlArrayType != .inferred else { return bytes.fail("an array of this type cannot be sent") }
        bytes.append(bigEndian: Int32(values.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(values.contains { $0.isSQLNull } ? 1 : 0))
        bytes.append(bigEndian: sqlElementType.rawValue)
        guard !values.isEmpty else { return }
        bytes.append(bigEndian: Int32(values.count))
        bytes.append(bigEndian: Int32(1))
        for value in values {
            guard !value.isSQLNull else {
                bytes.append(bigEndian: Int32(-1))
                continue
            }
            let start = bytes.reserveLength()
            value.writeSQL(into: &bytes)
            bytes.setLength(reservedAt: start)
        }
    }

    public static func writeSQLArrayText(_ values: [Self], into bytes: inout SQLBytes) {
        guard sqlArrayType != .inferred else { return bytes.fail("an array of this type cannot be sent") }
        var element = SQLBytes(capacity: 64)
        bytes.append("{" as StaticString)
        for (position, value) in values.enumerated() {
            if position > 0 { bytes.append("," as StaticString) }
            guard !value.isSQLNull else {
                bytes.append("NULL" as StaticString)
                continue
            }
            element.clear()
            value.writeSQLText(into: &element)
            bytes.append(quotedElement: element.bytes)
        }
        bytes.append("}" as StaticString)
    }
}

extension SQLBytes {
    fileprivate mutating func append(quotedElement element: [UInt8]) {
        append(UInt8(ascii: "\""))
        for byte in element {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { append(UInt8(ascii: "\\")) }
            append(byte)
        }
        append(UInt8(ascii: "\""))
    }
}

extension Array: SQLEncodable where Element: SQLEncodable {
    public static var sqlType: PostgresType { Element.sqlArrayType }

    public func writeSQL(into bytes: inout SQLBytes) { Element.writeSQLArray(self, into: &bytes) }

    public func writeSQLText(into bytes: inout SQLBytes) { Element.writeSQLArrayText(self, into: &bytes) }
}

/// A byte is a number by itself, and an array of bytes is `bytea`.
extension UInt8: SQLEncodable {
    public static var sqlType: PostgresType { .int8 }
    public static var sqlArrayType: PostgresType { .bytea }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: Int64(self)) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }

    public static func writeSQLArray(_ values: [UInt8], into bytes: inout SQLBytes) { bytes.append(values) }

    public static func writeSQLArrayText(_ values: [UInt8], into bytes: inout SQLBytes) {
        bytes.append("\\x" as StaticString)
        for byte in values {
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        }
    }
}
