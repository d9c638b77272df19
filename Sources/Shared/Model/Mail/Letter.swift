import Runtime

/// A mail as it is going to be: whom to, and what it says.
package struct Letter: Sendable, Hashable {
    package let to: EmailAddress
    package let subject: String
    /// Plain text; the link stands on a line of its own.
    package let text: String
    package let link: String?

    init(to: EmailAddress, subject: String, _ paragraphs: [String], link: String? = nil) {
        self.to = to
        self.subject = subject
        self.link = link
        text = (paragraphs + (link.map { [$0] } ?? [])).joined(separator: "\n\n") + "\n"
    }
}

/// Who carries mail.
package protocol MailCarrier: Sendable {
    func send(_ letter: Letter) async throws
}

/// A stand-in for development: says in the log what would have been sent.
package struct LoggedMail: MailCarrier {
    private let log: Logger

    package init(log: Logger) { self.log = log.part("mail") }

    package func send(_ letter: Letter) async throws {
        log.warning(
            "development stand-in: this mail is logged and not sent",
            [
                "to": .string(letter.to.rawValue), "subject": .string(letter.subject),
                "link": .string(letter.link ?? ""),
            ])
    }
}
