/// The id under which one request is found in every log. A caller may bring its own, within limits.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    private init(unchecked text: String) { description = text }

    package static func new() -> RequestID { RequestID(UUID.v7()) }

    package init(_ uuid: UUID) { self.init(unchecked: uuid.description) }

    /// 1 to 128 letters, digits, `-`, `_`, `.`, `:`; nothing that could break a log line or a header.
    package init?(_ text: some StringProtocol) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
        description = String(text)
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
