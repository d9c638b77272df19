/// What a mail server said: `550 5.1.1 no such user`.
public struct SMTPReply: Sendable, Equatable, CustomStringConvertible {
    public let code: Int
    /// All lines without their codes, joined by spaces.
    public let text: String
    /// It was said of the recipient, not of the sender, the message or the conversation.
    public let isOfRecipient: Bool

    public init(code: Int, text: String, isOfRecipient: Bool = false) {
        self.code = code
        self.text = text
        self.isOfRecipient = isOfRecipient
    }

    /// The same words are the same reply, wherever they were said.
    public static func == (one: SMTPReply, other: SMTPReply) -> Bool {
        one.code == other.code && one.text == other.text
    }

    /// `5.1.1` and the like, where the text begins with one.
    public var enhancedCode: String? {
        let word = text.prefix { $0 != " " }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ Int($0) != nil }) else { return nil }
        return String(word)
    }

    public var isPositive: Bool { code < 400 }

    public var description: String { text.isEmpty ? "\(code)" : "\(code) \(text)" }
}

/// What became of a message for one recipient.
public enum MailOutcome: Sendable, Equatable {
    case accepted(SMTPReply)
    /// 4xx: worth another attempt later.
    case deferred(SMTPReply)
    /// 5xx: the same message will never be taken.
    case refused(SMTPReply)

    init(_ reply: SMTPReply) {
        switch reply.code {
        case ..<400: self = .accepted(reply)
        case 400..<500: self = .deferred(reply)
        default: self = .refused(reply)
        }
    }

    public var isAccepted: Bool { if case .accepted = self { true } else { false } }
}

/// Why nothing is known of a message's fate. It may have been accepted when the connection broke after its last byte,
/// so a second attempt may deliver it twice.
public enum SMTPError: Error, Equatable, Sendable {
    /// An address that cannot stand in an envelope, or no recipient at all.
    case invalidEnvelope(String)
    case timeout
    case dns(String)
    case connection(String)
    case tls(String)
    case authentication(String)
    /// The server is there but does not want to talk: 421, or 554 for a greeting.
    case unavailable(SMTPReply)
    case brokenAnswer(String)
    case cancelled
    case shutDown
}
