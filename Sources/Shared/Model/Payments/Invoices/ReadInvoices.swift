import Postgres
import Runtime

extension Payments {
    package func invoices(of user: SignedInUser, before: ID<Invoice>?, limit: Int) async throws -> [Invoice] {
        try await Invoice.all(of: user.id, before: before, limit: limit, on: database)
    }

    package func invoice(_ id: ID<Invoice>, for user: SignedInUser) async throws -> Invoice {
        guard let invoice = try await Invoice.find(id, of: user.id, on: database) else {
            throw Problem(.notFound, "There is no such invoice.")
        }
        return invoice
    }

    package func creditNotes(
        of user: SignedInUser, before: ID<CreditNote>?, limit: Int
    ) async throws -> [CreditNote] {
        try await CreditNote.all(of: user.id, before: before, limit: limit, on: database)
    }

    package func creditNote(_ id: ID<CreditNote>, for user: SignedInUser) async throws -> CreditNote {
        guard let note = try await CreditNote.find(id, of: user.id, on: database) else {
            throw Problem(.notFound, "There is no such credit note.")
        }
        return note
    }

    /// As for invoices.
    package func creditNoteLines(
        from: String, to: String, after: (String, ID<CreditNote>)?
    ) async throws -> (lines: String, last: (String, ID<CreditNote>))? {
        let found = try await CreditNote.all(issued: (from, to), after: after, limit: 500, on: database)
        guard let last = found.last else { return nil }
        return (found.map(\.csv).joined(), (last.issuedOn, last.id))
    }

    /// A page of the invoices of a time, as lines for accounting; nil after the last one.
    package func invoiceLines(
        from: String, to: String, after: (String, ID<Invoice>)?
    ) async throws -> (lines: String, last: (String, ID<Invoice>))? {
        let found = try await Invoice.all(issued: (from, to), after: after, limit: 500, on: database)
        guard let last = found.last else { return nil }
        return (found.map(\.csv).joined(), (last.issuedOn, last.id))
    }
}

extension Invoice {
    package static let csvHeader =
        "number,date,buyer,gstin,country,place_of_supply,sac,currency,taxable,rate,cgst,sgst,igst,round_off,total\r\n"

    fileprivate var csv: String { line(label, issuedOn, split, total) + "\r\n" }

    fileprivate func line(_ label: String, _ day: String, _ split: TaxSplit, _ total: Int64) -> String {
        let cells = [
            label, day, parties.buyerName, parties.buyerGSTIN ?? "", parties.buyerCountry, placeOfSupply,
            serviceCode, currency, Money.decimal(split.taxable), Money.decimal(Int64(rateBasisPoints)),
            Money.decimal(split.cgst), Money.decimal(split.sgst), Money.decimal(split.igst),
            Money.decimal(split.roundOff), Money.decimal(total),
        ]
        return cells.map(Self.cell).joined(separator: ",")
    }

    /// What a spreadsheet would take for a formula is kept from being one.
    private static func cell(_ text: String) -> String {
        var text = text
        if let first = text.first, "=+@\t".contains(first) { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

extension CreditNote {
    package static let csvHeader = String(Invoice.csvHeader.dropLast(1)) + ",invoice\r\n"

    fileprivate var csv: String { invoice.line(label, issuedOn, split, total) + ",\(invoice.label)\r\n" }
}
