import HTTP
import Postgres
import Queue
import Runtime

/// Hands mails to a mail server, and keeps what it says of addresses.
package struct MailOffice: MailCarrier {
    private let client: SMTPClient
    private let sender: MailMessage.Sender
    private let database: Database
    private let sent: Family<Counter>
    private let meters: ProviderMeters
    private let breaker: ProviderBreaker
    private let isOpen: Gauge
    private let log: Logger

    package init(
        _ config: MailServerConfig, database: Database, patience: ProviderBreaker.Patience = ProviderBreaker.Patience(),
        metrics: MetricsRegistry, log: Logger
    ) {
        client = SMTPClient(config.options)
        sender = config.sender
        self.database = database
        sent = metrics.counters("mail_sent_total", "Mails by what became of them.", labels: ["outcome"])
        meters = ProviderMeters(metrics, "smtp")
        breaker = ProviderBreaker(patience)
        isOpen = metrics.gauge("mail_breaker_open", "1 while the mail server is not asked because it does not answer.")
        self.log = log.part("mail")
    }

    package func shutDown() async { await client.shutDown() }

    package func openedConnections() async -> Int { await client.openedConnections() }

    /// The name of the message is that of the job: whoever gets it twice can tell.
    package func send(_ letter: Letter, as id: JobID) async throws {
        let failures = try await Suppression.find(letter.to, on: database)
        if failures?.covers(.now) == true {
            count("suppressed")
            throw JobOutcome.discard("mail does not reach this address")
        }
        let leave = breaker.ask()
        guard leave != .none else {
            count("waiting")
            throw breaker.snooze
        }
        let message = MailMessage(letter, from: sender, id: id.description, at: .now)
        switch try await hand(message.bytes, to: letter.to, isProbe: leave == .one) {
        case .accepted:
            count("accepted")
            if failures != nil { try await Suppression.forget(letter.to, on: database) }
        case .deferred(let reply):
            count("deferred")
            try await Suppression.note(MailBounce(reply), of: letter.to, reply.description, at: .now, on: database)
            throw MailDeferred(reply: reply)
        case .refused(let reply):
            count("refused")
            try await Suppression.note(MailBounce(reply), of: letter.to, reply.description, at: .now, on: database)
            throw JobOutcome.fail("refused: \(reply)")
        }
    }

    /// The one that finds out for the others spends an attempt: it may be the mail that brings the server down.
    private func hand(_ message: [UInt8], to address: EmailAddress, isProbe: Bool) async throws -> MailOutcome {
        let start = MonotonicTime.now
        let span = ClientSpan.begin()
        do throws(SMTPError) {
            let outcomes = try await client.send(from: sender.address, to: [address.rawValue], message: message)
            guard let outcome = outcomes.first else { throw SMTPError.brokenAnswer("no outcome") }
            note { breaker.answered() }
            meters.observe(outcome.class, since: start)
            span?.end("smtp", ["peer.service": "smtp"], failure: outcome.isAccepted ? nil : outcome.class)
            return outcome
        } catch SMTPError.invalidEnvelope(let address) {
            throw JobOutcome.fail("no address for mail: \(address)")
        } catch {
            count("unsent")
            meters.observe("unreachable", since: start)
            span?.end("smtp", ["peer.service": "smtp"], failure: "\(error)")
            guard error.isOfServer else { throw error }
            note(error) { breaker.failed() }
            throw breaker.isOpen && !isProbe ? breaker.snooze : error
        }
    }

    /// What was learnt of the server itself; said once when it changes.
    private func note(_ error: SMTPError? = nil, _ learn: () -> Void) {
        let wasOpen = breaker.isOpen
        learn()
        guard breaker.isOpen != wasOpen else { return }
        isOpen.set(wasOpen ? 0 : 1)
        if wasOpen {
            log.info("the mail server answers again")
        } else {
            log.warning(
                "the mail server does not take mails: they wait", ["reason": .string("\(error.map { "\($0)" } ?? "")")])
        }
    }

    private func count(_ outcome: String) { sent.with(outcome).add() }
}

extension MailOutcome {
    /// As the answers of HTTP are told apart.
    fileprivate var `class`: String {
        switch self {
        case .accepted: "2xx"
        case .deferred: "4xx"
        case .refused: "5xx"
        }
    }
}

extension SMTPError {
    /// The next mail would fare no better.
    fileprivate var isOfServer: Bool {
        switch self {
        case .timeout, .dns, .connection, .tls, .authentication, .unavailable, .brokenAnswer: true
        case .invalidEnvelope, .cancelled, .shutDown: false
        }
    }
}

/// The mail server wants it later.
struct MailDeferred: Error, CustomStringConvertible {
    let reply: SMTPReply
    var description: String { "deferred: \(reply)" }
}

/// `SMTP_*`: who takes our mail.
package struct MailServerConfig: ConfigGroup {
    private enum Security: String, CaseIterable { case starttls, tls, plain }

    let options: SMTPClient.Options
    let sender: MailMessage.Sender
    /// Whether there is one at all.
    package let isSet: Bool

    package init(from reader: inout ConfigReader) {
        let service = reader.readIfSet("EMAIL_SERVICE", .text).flatMap { Self.hosts[$0.lowercased()] }
        let host = reader.readIfSet("SMTP_HOST", or: ["EMAIL_HOST"], .text) ?? service
        let isSecure = reader.readIfSet("EMAIL_SECURE", .bool) ?? false
        let port = reader.read("SMTP_PORT", or: ["EMAIL_PORT"], .int(in: 1...65535), default: isSecure ? 465 : 587)
        var options = SMTPClient.Options(host: host ?? "", port: UInt16(port))
        options.user = reader.readIfSet("SMTP_USER", or: ["EMAIL_USER"], .text)
        options.password = reader.readIfSet("SMTP_PASSWORD", or: ["EMAIL_PASSWORD"], .secret())?.exposed ?? ""
        options.trustedCertificates = reader.readIfSet("SMTP_CA_FILE", .text)
        options.connections = reader.read("SMTP_CONNECTIONS", .int(in: 1...64), default: 4)
        let security = reader.read(
            "SMTP_SECURITY", .choice(Security.starttls), default: port == 465 || isSecure ? .tls : .starttls)
        options.security =
            switch security {
            case .starttls: .startTLS
            case .tls: .tls
            case .plain: .plain
            }
        let from = reader.read("SMTP_FROM", or: ["EMAIL_FROM"], .text, default: "Switchyard <no-reply@example.org>")
        let sender = MailMessage.Sender(from)
        if sender == nil { reader.complain("SMTP_FROM", "is no address", example: "Switchyard <no-reply@example.org>") }
        if options.user != nil, options.security == .plain {
            reader.complain("SMTP_SECURITY", "is plain, over which no password is sent")
        }
        self.sender = sender ?? Self.nobody
        options.helloName = reader.read("SMTP_HELLO", .text, default: self.sender.domain)
        self.options = options
        isSet = host != nil
    }

    private static var nobody: MailMessage.Sender {
        guard let sender = MailMessage.Sender("no-reply@example.org") else { preconditionFailure("that is an address") }
        return sender
    }

    /// What earlier systems called by names.
    private static let hosts = [
        "gmail": "smtp.gmail.com", "outlook": "smtp.office365.com", "sendgrid": "smtp.sendgrid.net",
        "mailgun": "smtp.mailgun.org", "ses": "email-smtp.us-east-1.amazonaws.com",
    ]
}
