import Postgres
import Runtime

/// Makes the mails about invoices, out of what the tables say when they are sent.
package struct InvoiceLetters: Sendable {
    private let database: Database
    private let places: Places

    package init(database: Database, places: Places) {
        self.database = database
        self.places = places
    }

    /// Nil where there is nobody any more to send it to.
    package func letter(for job: SendInvoice) async throws -> Letter? {
        guard let invoice = try await Invoice.find(job.invoice, of: nil, on: database),
            let person = try await User.find(invoice.user, at: .now, on: database), person.isVerified,
            let email = person.email
        else { return nil }
        return Letter(
            to: email, subject: "Invoice \(invoice.label) – \(places.name)",
            [
                "Thank you: your payment of \(invoice.currency) \(Money.decimal(invoice.total)) has arrived.",
                "\(invoice.description).",
                "Your invoice \(invoice.label) of \(invoice.issuedOn) can be fetched as a PDF under this link:",
            ], link: "\(places.app)/invoices/\(invoice.id)")
    }
}
