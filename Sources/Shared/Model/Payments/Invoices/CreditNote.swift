import Postgres
import Runtime

/// What a refund takes back of an invoice.
package struct CreditNote: Sendable {
    package let id: ID<CreditNote>
    package let refund: ID<Refund>
    package let label: String
    /// `2026-11-22`
    package let issuedOn: String
    package let split: TaxSplit
    package let total: Int64
    package let invoice: Invoice
}

extension CreditNote {
    /// A person's own, or one that was refunded just now.
    static func find(
        _ id: ID<CreditNote>, of user: ID<User>?, on sql: some SQLRunner
    ) async throws -> CreditNote? {
        guard
            let found: Kept = try await sql.first(
                """
                select \(literally: columns) from credit_notes c
                where c.id = \(id) and (\(user)::uuid is null or c.user_id = \(user))
                """)
        else { return nil }
        return try await all([found], on: sql).first
    }

    /// The latest first.
    static func all(
        of user: ID<User>, before: ID<CreditNote>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [CreditNote] {
        try await all(
            try await sql.all(
                """
                select \(literally: columns) from credit_notes c
                where c.user_id = \(user) and (\(before)::uuid is null or c.id < \(before))
                order by c.id desc
                limit \(limit)
                """), on: sql)
    }

    /// Of a time, in the order of their days: for accounting.
    static func all(
        issued days: (from: String, to: String), after: (String, ID<CreditNote>)?, limit: Int, on sql: some SQLRunner
    ) async throws -> [CreditNote] {
        try await all(
            try await sql.all(
                """
                select \(literally: columns) from credit_notes c
                where c.issued_on >= \(days.from)::date and c.issued_on < \(days.to)::date
                    and (\(after?.0)::date is null or (c.issued_on, c.id) > (\(after?.0)::date, \(after?.1)))
                order by c.issued_on, c.id
                limit \(limit)
                """), on: sql)
    }

    private static let columns: StaticString = """
        c.id, c.refund_id, c.invoice_id, c.label, c.issued_on::text, c.taxable, c.cgst, c.sgst, c.igst, c.round_off, c.total
        """

    /// A row of its table.
    private struct Kept: RowDecodable {
        let note: @Sendable (Invoice) -> CreditNote
        let invoice: ID<Invoice>

        init(row: Row) throws(RowError) {
            let (id, refund): (ID<CreditNote>, ID<Refund>) = (try row["id"], try row["refund_id"])
            let (label, day): (String, String) = (try row["label"], try row["issued_on"])
            let split = TaxSplit(
                taxable: try row["taxable"], cgst: try row["cgst"], sgst: try row["sgst"], igst: try row["igst"],
                roundOff: try row["round_off"])
            let total: Int64 = try row["total"]
            invoice = try row["invoice_id"]
            note = { invoice in
                CreditNote(
                    id: id, refund: refund, label: label, issuedOn: day, split: split, total: total, invoice: invoice)
            }
        }
    }

    private static func all(_ kept: [Kept], on sql: some SQLRunner) async throws -> [CreditNote] {
        let invoices = try await Invoice.all(kept.map(\.invoice), on: sql)
        let byID = Dictionary(invoices.map { ($0.id, $0) }) { first, _ in first }
        return kept.compactMap { row in byID[row.invoice].map(row.note) }
    }
}
