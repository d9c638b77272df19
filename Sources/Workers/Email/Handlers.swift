import Model
import Queue
import Runtime

/// What the email worker reads besides what all workers read.
package struct EmailConfig: ConfigGroup {
    private enum MailProvider: String, CaseIterable { case log }
    private enum TextProvider: String, CaseIterable { case log }

    fileprivate let masterKeys: MasterKeys
    fileprivate let places: Places
    /// Whether the stand-ins for development take the place of what would carry mails and text messages.
    fileprivate let logsMail: Bool
    fileprivate let logsTexts: Bool

    package init(from reader: inout ConfigReader) {
        masterKeys = MasterKeys(from: &reader)
        places = Places(from: &reader)
        logsMail = Self.isLogged(reader.readIfSet("MAIL_PROVIDER", .choice(MailProvider.log)) != nil, &reader)
        logsTexts = Self.isLogged(reader.readIfSet("SMS_PROVIDER", .choice(TextProvider.log)) != nil, &reader)
    }

    /// In production nobody's codes and links stand in a log unless that was asked for.
    private static func isLogged(_ isChosen: Bool, _ reader: inout ConfigReader) -> Bool {
        isChosen || !reader.isProduction
    }
}

/// The handlers of the email worker: a line for each. Jobs of a kind that is not handled wait, and are seen to wait.
package func emailHandlers(_ config: EmailConfig, _ worker: WorkerProcess) -> [AnyHandler] {
    let letters = AccountLetters(
        database: worker.database, secrets: AccountSecrets(config.masterKeys), places: config.places)
    var handlers: [AnyHandler] = []
    if config.logsMail {
        worker.launch.log.warning("development stand-in: mails are logged and not sent (MAIL_PROVIDER=log)")
        handlers += accountMailHandlers(letters, LoggedMail(log: worker.launch.log))
    }
    if config.logsTexts {
        worker.launch.log.warning("development stand-in: text messages are logged and not sent (SMS_PROVIDER=log)")
        handlers.append(AnyHandler(SendPhoneCodeHandler(letters, LoggedTextMessages(log: worker.launch.log))))
    }
    return handlers
}
