import Runtime

/// A value that can be a statement's parameter, an array's element, or a column of `COPY`.
public protocol SQLEncodable: Sendable {
    /// What the parameter is declared as. `.inferred` sends the value as text and lets the server decide, so that one
    /// `String` fits `text`, an enum, `jsonb` and `citext`.
    static var sqlType: PostgresType { get }
    /// What an array of these values has as its elements.
    static var sqlElementType: PostgresType { get }
    var isSQLNull: Bool { get }
    /// PostgreSQL's binary format.
    func writeSQL(into bytes: inout SQLBytes)
    /// PostgreSQL's text format, not yet escaped.
    func writeSQLText(into bytes: inout SQLBytes)
    /// How a whole array of these values is sent; bytes differ from all others.
    static var sqlArrayType: PostgresType { get }
    static func writeSQLArray(_ values: [Self], into bytes: inout SQLBytes)
    static func writeSQLArrayText(_ values: [Self], into bytes: inout SQLBytes)
}

extension SQLEncodable {
    public static var sqlElementType: PostgresType { sqlType }
    public static var sqlArrayType: PostgresType { sqlElementType.arrayType }
    public var isSQLNull: Bool { false }
}

extension Optional: SQLEncodable where Wrapped: SQLEncodable {
    public static var sqlType: PostgresType { Wrapped.sqlType }
    public static var sqlElementType: PostgresType { Wrapped.sqlElementType }

    public var isSQLNull: Bool {
        switch self {
        case .none: true
        case .some(let value): value.isSQLNull
        }
    }

    public func writeSQL(into bytes: inout SQLBytes) { self?.writeSQL(into: &bytes) }
    public func writeSQLText(into bytes: inout SQLBytes) { self?.writeSQLText(into: &bytes) }
}

extension SQLEncodable where Self: RawRepresentable, RawValue: SQLEncodable {
    public static var sqlType: PostgresType { RawValue.sqlType }
    public static var sqlElementType: PostgresType { RawValue.sqlElementType }
    public func writeSQL(into bytes: inout SQLBytes) { rawValue.writeSQL(into: &bytes) }
    public func writeSQLText(into bytes: inout SQLBytes) { rawValue.writeSQLText(into: &bytes) }
}

extension String: SQLEncodable {
    public static var sqlType: PostgresType { .inferred }
    public static var sqlElementType: PostgresType { .text }

    public func writeSQL(into bytes: inout SQLBytes) {
        if utf8.contains(0) { bytes.fail("a text with a zero byte cannot be stored as text") }
        bytes.append(self)
    }

    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(self) }
}

extension Bool: SQLEncodable {
    public static var sqlType: PostgresType { .bool }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(self ? 1 : 0) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(self ? "t" as StaticString : "f") }
}

extension Int: SQLEncodable {
    public static var sqlType: PostgresType { .int8 }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: Int64(self)) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension Int64: SQLEncodable {
    public static var sqlType: PostgresType { .int8 }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: self) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension Int32: SQLEncodable {
    public static var sqlType: PostgresType { .int4 }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: self) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension Int16: SQLEncodable {
    public static var sqlType: PostgresType { .int2 }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: self) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension UInt32: SQLEncodable {
    public static var sqlType: PostgresType { .int8 }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: Int64(self)) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension Double: SQLEncodable {
    public static var sqlType: PostgresType { .float8 }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: bitPattern) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension Float: SQLEncodable {
    public static var sqlType: PostgresType { .float4 }
    public func writeSQL(into bytes: inout SQLBytes) { bytes.append(bigEndian: bitPattern) }
    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension UUID: SQLEncodable {
    public static var sqlType: PostgresType { .uuid }

    public func writeSQL(into bytes: inout SQLBytes) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }

    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(description) }
}

extension ID: SQLEncodable {
    public static var sqlType: PostgresType { .uuid }
    public func writeSQL(into bytes: inout SQLBytes) { uuid.writeSQL(into: &bytes) }
    public func writeSQLText(into bytes: inout SQLBytes) { uuid.writeSQLText(into: &bytes) }
}
