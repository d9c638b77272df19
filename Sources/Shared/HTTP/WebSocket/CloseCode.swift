/// Why a WebSocket ended (RFC 6455, section 7.4).
public struct CloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let normal = CloseCode(rawValue: 1000)
    public static let goingAway = CloseCode(rawValue: 1001)
    public static let protocolError = CloseCode(rawValue: 1002)
    public static let unsupported = CloseCode(rawValue: 1003)
    /// The peer gave none. Never sent.
    public static let none = CloseCode(rawValue: 1005)
    /// The connection was lost without a close frame. Never sent.
    public static let lost = CloseCode(rawValue: 1006)
    public static let invalidPayload = CloseCode(rawValue: 1007)
    public static let policyViolation = CloseCode(rawValue: 1008)
    public static let tooLarge = CloseCode(rawValue: 1009)
    public static let failure = CloseCode(rawValue: 1011)
    public static let restarting = CloseCode(rawValue: 1012)
    /// As HTTP's 408: a client that says nothing, or does not read what it is sent.
    public static let unresponsive = CloseCode(rawValue: 4408)

    /// Whether a close frame may bear it: those that are defined for the wire, and those that applications define.
    public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    public var description: String { "\(rawValue)" }
}
