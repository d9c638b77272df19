import Model
import Queue

/// Sends an invoice to whom it bills.
package struct SendInvoiceHandler: JobHandler {
    private let letters: InvoiceLetters
    private let carrier: any MailCarrier

    package init(_ letters: InvoiceLetters, _ carrier: any MailCarrier) {
        self.letters = letters
        self.carrier = carrier
    }

    /// Sent twice, it is the same invoice twice.
    package func handle(_ job: SendInvoice, _ context: JobContext) async throws {
        guard let letter = try await letters.letter(for: job) else {
            throw JobOutcome.discard("there is nobody to send it to")
        }
        try await carrier.send(letter, as: context.id)
    }
}

/// The mails about money.
func invoiceMailHandlers(_ worker: WorkerProcess, _ places: Places, _ carrier: any MailCarrier) -> [AnyHandler] {
    [AnyHandler(SendInvoiceHandler(InvoiceLetters(database: worker.database, places: places), carrier))]
}
