/// JSON as text, for `json` and `jsonb` columns. It is not checked here; the server refuses what is not JSON.
public struct JSONText: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

extension JSONText: SQLEncodable {
    public static var sqlType: PostgresType { .jsonb }

    public func writeSQL(into bytes: inout SQLBytes) {
        bytes.append(Self.binaryVersion)
        bytes.append(text)
    }

    public func writeSQLText(into bytes: inout SQLBytes) { bytes.append(text) }

    /// The first byte of a binary `jsonb`.
    static var binaryVersion: UInt8 { 1 }
}
