/// Follows a conversation with a mail server, so that each reply is known by what it answers.
struct SMTPTranscript {
    private enum Stage {
        case greeting
        case other
        case authentication
        case sender
        case recipient
        case content
        case message
    }

    private let recipientCount: Int
    private var stage = Stage.greeting
    private var lines: [String] = []

    private(set) var lastReply: SMTPReply?
    private(set) var greeting: SMTPReply?
    private(set) var authentication: SMTPReply?
    private(set) var sender: SMTPReply?
    private(set) var recipients: [SMTPReply] = []
    private(set) var content: SMTPReply?
    private(set) var message: SMTPReply?

    init(recipientCount: Int) { self.recipientCount = recipientCount }

    mutating func client(said line: String) {
        lines = []
        // In the course of an authentication come lines that are no commands.
        switch line.prefix(while: \.isLetter).uppercased() {
        case "AUTH": stage = .authentication
        case "MAIL": stage = .sender
        case "RCPT": stage = .recipient
        case "DATA": stage = .content
        case "EHLO", "HELO", "STARTTLS", "RSET", "QUIT", "NOOP": stage = .other
        default: break
        }
    }

    mutating func server(said line: String) {
        guard let code = Int(line.prefix(3)), line.utf8.count >= 3 else { return }
        lines.append(String(line.dropFirst(4)))
        guard !line.dropFirst(3).hasPrefix("-") else { return }
        record(SMTPReply(code: code, text: lines.joined(separator: " ")))
        lines = []
    }

    private mutating func record(_ reply: SMTPReply) {
        lastReply = reply
        switch stage {
        case .greeting: greeting = reply
        case .other: break
        case .authentication: authentication = reply
        case .sender: sender = reply
        case .recipient:
            let reply = SMTPReply(code: reply.code, text: reply.text, isOfRecipient: true)
            if recipients.count < recipientCount { recipients.append(reply) }
        case .content:
            content = reply
            // The reply to the message itself follows without a command.
            if reply.isPositive { stage = .message }
        case .message: message = reply
        }
    }

    /// One for each recipient; nil when the conversation broke off before the server had decided.
    var outcomes: [MailOutcome]? {
        if let sender, !sender.isPositive { return Array(repeating: MailOutcome(sender), count: recipientCount) }
        guard recipients.count == recipientCount else { return nil }
        if recipients.allSatisfy({ !$0.isPositive }) { return recipients.map { MailOutcome($0) } }
        guard let verdict = message ?? content.flatMap({ $0.isPositive ? nil : $0 }) else { return nil }
        return recipients.map { MailOutcome($0.isPositive ? verdict : $0) }
    }
}
