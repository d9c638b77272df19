import Model
import Queue

/// The mails about accounts.
package func accountMailHandlers(_ letters: AccountLetters, _ carrier: any MailCarrier) -> [AnyHandler] {
    [
        AnyHandler(SendVerificationHandler(letters: letters, carrier: carrier)),
        AnyHandler(SendPasswordResetHandler(letters: letters, carrier: carrier)),
        AnyHandler(SendExportLinkHandler(letters: letters, carrier: carrier)),
        AnyHandler(SendSecurityNoticeHandler(letters: letters, carrier: carrier)),
    ]
}

extension MailCarrier {
    func send(_ letter: Letter?, _ context: JobContext) async throws {
        guard let letter else { throw JobOutcome.discard("there is nothing to be said any more") }
        try await send(letter, as: context.id)
    }
}

/// Sends the link that verifies an address.
package struct SendVerificationHandler: JobHandler {
    let letters: AccountLetters
    let carrier: any MailCarrier

    /// Sent twice, it is the same link twice.
    package func handle(_ job: SendVerification, _ context: JobContext) async throws {
        try await carrier.send(try await letters.letter(for: job), context)
    }
}

/// Sends the link that sets a forgotten password anew.
package struct SendPasswordResetHandler: JobHandler {
    let letters: AccountLetters
    let carrier: any MailCarrier

    /// Sent twice, it is the same link twice.
    package func handle(_ job: SendPasswordReset, _ context: JobContext) async throws {
        try await carrier.send(try await letters.letter(for: job), context)
    }
}

/// Sends the link to an export.
package struct SendExportLinkHandler: JobHandler {
    let letters: AccountLetters
    let carrier: any MailCarrier

    /// Sent twice, it is the same link twice.
    package func handle(_ job: SendExportLink, _ context: JobContext) async throws {
        try await carrier.send(try await letters.letter(for: job), context)
    }
}

/// Sends word of something that an owner has to know of.
package struct SendSecurityNoticeHandler: JobHandler {
    let letters: AccountLetters
    let carrier: any MailCarrier

    /// Better told twice than never.
    package func handle(_ job: SendSecurityNotice, _ context: JobContext) async throws {
        try await carrier.send(try await letters.letter(for: job), context)
    }
}

/// Sends the digits that prove a telephone number.
package struct SendPhoneCodeHandler: JobHandler {
    private let letters: AccountLetters
    private let carrier: any TextMessageCarrier

    package init(_ letters: AccountLetters, _ carrier: any TextMessageCarrier) {
        self.letters = letters
        self.carrier = carrier
    }

    /// Sent twice, they are the same digits twice.
    package func handle(_ job: SendPhoneCode, _ context: JobContext) async throws {
        guard let message = try await letters.text(for: job) else {
            throw JobOutcome.discard("there is nothing to be said any more")
        }
        try await carrier.send(message.text, to: message.to)
    }
}
