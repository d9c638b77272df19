/// The id under which one request is found in every log. A caller may bring its own, within limits.
public struct RequestID: Hashable, Sendable, CustomStringConvertible {
    enum Source: Hashable, Sendable {
        case own(UUID)
        case given(String)
    }

    let source: Source

    public static func new() -> RequestID { RequestID(UUID.v7()) }

    public init(_ uuid: UUID) { source = .own(uuid) }

    /// 1 to 128 letters, digits, `-`, `_`, `.`, `:`; nothing that could break a log line or a header.
    public init?(_ text: some StringProtocol) {
        guard (1...Self.longest).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
        source = .given(String(text))
    }

    public var description: String {
        switch source {
        case .own(let uuid): uuid.description
        case .given(let text): text
        }
    }

    /// The most bytes that one has.
    public static let longest = 128

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
