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

    fileprivate var csv: String {
        let cells = [
            label, issuedOn, parties.buyerName, parties.buyerGSTIN ?? "", parties.buyerCountry, placeOfSupply,
            serviceCode, currency, Money.decimal(split.taxable), Money.decimal(Int64(rateBasisPoints)),
            Money.decimal(split.cgst), Money.decimal(split.sgst), Money.decimal(split.igst),
            Money.decimal(split.roundOff), Money.decimal(total),
        ]
        return cells.map(Self.cell).joined(separator: ",") + "\r\n"
    }

    /// What a spreadsheet would take for a formula is kept from being one.
    private static func cell(_ text: String) -> String {
        var text = text
        if let first = text.first, "=+@\t".contains(first) { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
