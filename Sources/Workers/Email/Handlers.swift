import Model
import Queue
import Runtime

/// What the email worker reads besides what all workers read.
package struct EmailConfig: ConfigGroup {
    private enum MailProvider: String, CaseIterable { case log, smtp }
    private enum TextProvider: String, CaseIterable { case log }

    fileprivate let masterKeys: MasterKeys
    fileprivate let places: Places
    /// Whether the stand-ins for development take the place of what would carry mails and text messages.
    fileprivate let logsMail: Bool
    fileprivate let logsTexts: Bool
    fileprivate let server: MailServerConfig
    fileprivate let digests: DigestsConfig

    package init(from reader: inout ConfigReader) {
        masterKeys = MasterKeys(from: &reader)
        places = Places(from: &reader)
        server = MailServerConfig(from: &reader)
        digests = DigestsConfig(from: &reader)
        let provider = reader.readIfSet("MAIL_PROVIDER", .choice(MailProvider.log))
        if provider == .smtp, !server.isSet { reader.complain("SMTP_HOST", "is needed for MAIL_PROVIDER=smtp") }
        logsMail = !server.isSet && provider != .smtp ? Self.isLogged(provider == .log, &reader) : provider == .log
        logsTexts = Self.isLogged(reader.readIfSet("SMS_PROVIDER", .choice(TextProvider.log)) != nil, &reader)
    }

    /// In production nobody's codes and links stand in a log unless that was asked for.
    private static func isLogged(_ isChosen: Bool, _ reader: inout ConfigReader) -> Bool {
        isChosen || !reader.isProduction
    }
}

/// The handlers of the email worker: a line for each. Jobs of a kind that is not handled wait, and are seen to wait.
package func emailHandlers(_ config: EmailConfig, _ worker: WorkerProcess) -> [AnyHandler] {
    let secrets = AccountSecrets(config.masterKeys)
    let letters = AccountLetters(database: worker.database, secrets: secrets, places: config.places)
    let digests = Digests(
        database: worker.database,
        presence: PresenceBook(redis: worker.stores.redis, prefix: worker.stores.redisPrefix), secrets: secrets,
        places: config.places, config: config.digests)
    var handlers: [AnyHandler] = []
    if config.logsMail {
        worker.launch.log.warning("development stand-in: mails are logged and not sent (MAIL_PROVIDER=log)")
        let carrier = LoggedMail(log: worker.launch.log)
        handlers +=
            accountMailHandlers(letters, carrier) + digestHandlers(digests, carrier)
            + invoiceMailHandlers(worker, config.places, carrier)
    } else if config.server.isSet {
        let carrier = MailOffice(
            config.server, database: worker.database, metrics: worker.launch.metrics, log: worker.launch.log)
        handlers +=
            accountMailHandlers(letters, carrier) + digestHandlers(digests, carrier)
            + invoiceMailHandlers(worker, config.places, carrier)
    }
    if config.logsTexts {
        worker.launch.log.warning("development stand-in: text messages are logged and not sent (SMS_PROVIDER=log)")
        handlers.append(AnyHandler(SendPhoneCodeHandler(letters, LoggedTextMessages(log: worker.launch.log))))
    }
    return handlers
}
