/// Why a WebSocket ended (RFC 6455, section 7.4).
package struct CloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let normal = CloseCode(rawValue: 1000)
    package static let goingAway = CloseCode(rawValue: 1001)
    package static let protocolError = CloseCode(rawValue: 1002)
    package static let unsupported = CloseCode(rawValue: 1003)
    /// The peer gave none. Never sent.
    package static let none = CloseCode(rawValue: 1005)
    /// The connection was lost without a close frame. Never sent.
    package static let lost = CloseCode(rawValue: 1006)
    package static let invalidPayload = CloseCode(rawValue: 1007)
    package static let policyViolation = CloseCode(rawValue: 1008)
    package static let tooLarge = CloseCode(rawValue: 1009)
    package static let failure = CloseCode(rawValue: 1011)
    package static let restarting = CloseCode(rawValue: 1012)
    /// As HTTP's 408: a client that says nothing, or does not read what it is sent.
    package static let unresponsive = CloseCode(rawValue: 4408)

    /// Whether a close frame may bear it: those that are defined for the wire, and those that applications define.
    package var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    package var description: String { "\(rawValue)" }
}
