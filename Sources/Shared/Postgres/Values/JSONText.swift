/// JSON as text, for `json` and `jsonb` columns. It is not checked here; the server refuses what is not JSON.
package struct JSONText: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }
}

extension JSONText: SQLEncodable {
    package static var sqlType: PostgresType { .jsonb }

    package func writeSQL(into bytes: inout SQLBytes) {
        bytes.append(Self.binaryVersion)
        bytes.append(text)
    }

    package func writeSQLText(into bytes: inout SQLBytes) { bytes.append(text) }

    /// The first byte of a binary `jsonb`.
    static var binaryVersion: UInt8 { 1 }
}
