/// Names and values as forms and queries are sent: `application/x-www-form-urlencoded`.
public struct FormFields: Sendable, ExpressibleByDictionaryLiteral {
    private var pairs: [(name: String, value: String)]

    public init(dictionaryLiteral pairs: (String, String)...) {
        self.pairs = pairs.map { ($0, $1) }
    }

    public mutating func add(_ name: String, _ value: String) { pairs.append((name, value)) }

    public var text: String {
        pairs.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// All but RFC 3986's unreserved characters as `%XX`, which both forms and queries understand.
    private static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                encoded += hex.utf8.count == 1 ? "%0" + hex : "%" + hex
            }
        }
        return encoded
    }
}
