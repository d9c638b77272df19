import Queue
import Runtime

/// A mail as it is going to be: whom to, and what it says.
package struct Letter: Sendable, Hashable {
    package let to: EmailAddress
    package let subject: String
    package let language: Phrases.Language
    /// What it says before the link.
    let paragraphs: [String]
    package let link: String?
    /// What stands on the button.
    let action: String?
    /// Below the rest, in small.
    let footer: String
    /// Where whoever wants no more of its kind says so; with the words for it.
    package let unsubscribe: String?
    let unsubscribing: String
    /// Above a link that is shown besides a button.
    let linkHint: String
    /// A file that comes with it.
    var enclosure: Enclosure?

    /// A file that comes with a letter.
    package struct Enclosure: Sendable, Hashable {
        /// Of letters, digits, points and dashes alone.
        let name: String
        let type: String
        let bytes: [UInt8]
    }

    /// `name` is that of its phrases: `letter.<name>.subject`, `.1`, `.2`, … and `.action`.
    init(
        to: EmailAddress, _ name: String, _ phrases: Phrases, app: String,
        values: [String: String] = [:], lines: [String] = [], advice: String? = nil, link: String? = nil,
        subject: String? = nil, unsubscribe: String? = nil
    ) {
        let all = values.merging(["app": app]) { given, _ in given }
        self.to = to
        language = phrases.language
        self.subject = phrases("letter.\(subject ?? "\(name).subject")", all)
        var paragraphs: [String] = []
        var number = 1
        while phrases.has("letter.\(name).\(number)") {
            paragraphs.append(phrases("letter.\(name).\(number)", all))
            number += 1
        }
        self.paragraphs = paragraphs + lines + (advice.map { [phrases("letter.\($0)", all)] } ?? [])
        self.link = link
        action = link == nil ? nil : phrases("letter.\(advice ?? name).action", all)
        footer = phrases("letter.footer", all)
        self.unsubscribe = unsubscribe
        unsubscribing = phrases("letter.unsubscribe", all)
        linkHint = phrases("letter.link", all)
    }

    /// Plain text; the link stands on a line of its own.
    package var text: String {
        var parts = paragraphs + (link.map { [$0] } ?? []) + ["-- \n\(footer)"]
        if let unsubscribe { parts.append("\(unsubscribing)\n\(unsubscribe)") }
        return parts.joined(separator: "\n\n") + "\n"
    }
}

/// Who carries mail.
package protocol MailCarrier: Sendable {
    /// `id` names the mail: a repetition is known by it.
    func send(_ letter: Letter, as id: JobID) async throws
}

/// A stand-in for development: says in the log what would have been sent.
package struct LoggedMail: MailCarrier {
    private let log: Logger

    package init(log: Logger) { self.log = log.part("mail") }

    package func send(_ letter: Letter, as id: JobID) async throws {
        log.warning(
            "development stand-in: this mail is logged and not sent",
            [
                "to": .string(letter.to.rawValue), "subject": .string(letter.subject),
                "link": .string(letter.link ?? ""),
            ])
    }
}
