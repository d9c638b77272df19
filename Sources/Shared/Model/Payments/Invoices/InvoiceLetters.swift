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
        var letter = Letter(
            to: email, "invoice", Phrases.in(try await UserSettings.language(of: invoice.user, on: database)),
            app: places.name,
            values: ["number": invoice.label, "amount": "\(invoice.currency) \(Money.decimal(invoice.total))"])
        letter.enclosure = Letter.Enclosure(
            name: invoice.label.replacing("/", with: "-") + ".pdf", type: "application/pdf", bytes: invoice.pdf)
        return letter
    }
}
