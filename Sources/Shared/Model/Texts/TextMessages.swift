import Runtime

/// Who carries text messages to telephones.
package protocol TextMessageCarrier: Sendable {
    /// Returns when the message is on its way. Throws a `JobOutcome` where the carrier says what to do about a failure.
    func send(_ text: String, to phone: PhoneNumber) async throws
}

/// A stand-in for development: says in the log what would have been sent.
package struct LoggedTextMessages: TextMessageCarrier {
    private let log: Logger

    package init(log: Logger) { self.log = log.part("texts") }

    package func send(_ text: String, to phone: PhoneNumber) async throws {
        log.warning(
            "development stand-in: this text message is logged and not sent",
            ["to": .string(phone.text), "text": .string(text)])
    }
}
