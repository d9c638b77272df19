import JSON
import Postgres
import Queue
import Runtime

/// What was sold, to whom, and the tax of it.
package struct Invoice: Sendable {
    /// Seller and buyer as they were.
    package struct Parties: Sendable, Codable, Equatable, JSONReadable, JSONWritable {
        let seller: Seller
        let buyerName: String
        let buyerAddress: String?
        let buyerCountry: String
        let buyerState: String
        let buyerGSTIN: String?
    }

    package let id: ID<Invoice>
    package let payment: ID<Payment>
    package let user: ID<User>
    package let label: String
    /// `2026-11-22`
    package let issuedOn: String
    package let parties: Parties
    package let description: String
    package let serviceCode: String
    package let placeOfSupply: String
    package let currency: String
    package let rateBasisPoints: Int
    package let split: TaxSplit
    package let total: Int64
}

/// Writes the invoices that are due: many with one lock on the numbers.
package struct IssueInvoices: Job, Codable, Equatable {
    package static let kind = "payment.issue_invoices"
    package static let queue = QueueName.payments
    package init() {}
    /// One that waits serves all that is paid until it runs.
    static let waiting = Uniqueness.untilStarted("payment.issue_invoices")
}

/// Writes the credit note of a refund.
package struct IssueCreditNote: Job, Codable, Equatable {
    package static let kind = "payment.issue_credit_note"
    package static let queue = QueueName.payments
    package let refund: ID<Refund>
}

extension Invoice: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        payment = try row["payment_id"]
        user = try row["user_id"]
        label = try row["label"]
        issuedOn = try row["issued_on"]
        let text: String = try row["parties"]
        let parties = try? JSONCoder.decode(Parties.self, from: text)
        self.parties =
            parties
            ?? Parties(
                seller: Seller(name: "", address: "", gstin: nil, state: ""), buyerName: "", buyerAddress: nil,
                buyerCountry: "", buyerState: "", buyerGSTIN: nil)
        description = try row["description"]
        serviceCode = try row["service_code"]
        placeOfSupply = try row["place_of_supply"]
        currency = try row["currency"]
        rateBasisPoints = try row["rate_basis_points"]
        split = TaxSplit(
            taxable: try row["taxable"], cgst: try row["cgst"], sgst: try row["sgst"], igst: try row["igst"],
            roundOff: try row["round_off"])
        total = try row["total"]
    }

    private static let columns: StaticString = """
        i.id, i.payment_id, i.user_id, i.label, i.issued_on::text, i.parties::text, i.description, i.service_code,
        i.place_of_supply, i.currency, i.rate_basis_points, i.taxable, i.cgst, i.sgst, i.igst, i.round_off, i.total
        """

    static func find(
        _ id: ID<Invoice>, of user: ID<User>?, on sql: some SQLRunner
    ) async throws -> Invoice? {
        try await sql.first(
            """
            select \(literally: columns) from invoices i
            where i.id = \(id) and (\(user)::uuid is null or i.user_id = \(user))
            """)
    }

    static func all(_ ids: [ID<Invoice>], on sql: some SQLRunner) async throws -> [Invoice] {
        try await sql.all("select \(literally: columns) from invoices i where i.id = any (\(ids))")
    }

    /// The latest first; of one person, or of all.
    static func all(
        of user: ID<User>?, before: ID<Invoice>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [Invoice] {
        try await sql.all(
            """
            select \(literally: columns) from invoices i
            where (\(user)::uuid is null or i.user_id = \(user)) and (\(before)::uuid is null or i.id < \(before))
            order by i.id desc
            limit \(limit)
            """)
    }

    /// Of a time, in the order of their days: for accounting.
    static func all(
        issued days: (from: String, to: String), after: (String, ID<Invoice>)?, limit: Int, on sql: some SQLRunner
    ) async throws -> [Invoice] {
        try await sql.all(
            """
            select \(literally: columns) from invoices i
            where i.issued_on >= \(days.from)::date and i.issued_on < \(days.to)::date
                and (\(after?.0)::date is null or (i.issued_on, i.id) > (\(after?.0)::date, \(after?.1)))
            order by i.issued_on, i.id
            limit \(limit)
            """)
    }

    /// Many at once.
    static func insert(
        _ all: [(invoice: Invoice, number: Int64)], series: String, _ year: FiscalYear, at now: Timestamp,
        on sql: some SQLRunner
    ) async throws {
        let invoices = all.map(\.invoice), splits = invoices.map(\.split)
        let parties = try invoices.map { try JSONCoder.text($0.parties) }
        try await sql.run(
            """
            insert into invoices (
                id, payment_id, user_id, series, fiscal_year, number, label, issued_on, parties, description,
                service_code, place_of_supply, currency, taxable, rate_basis_points, cgst, sgst, igst, round_off, total,
                created_at
            )
            select i.id, i.payment_id, i.user_id, \(series), \(year.name), i.number, i.label, i.issued_on::date,
                i.parties::jsonb, i.description, i.service_code, i.place_of_supply, i.currency, i.taxable, i.rate, i.cgst,
                i.sgst, i.igst, i.round_off, i.total, \(now)
            from unnest(
                \(invoices.map(\.id)), \(invoices.map(\.payment)), \(invoices.map(\.user)), \(all.map(\.number)),
                \(invoices.map(\.label)), \(invoices.map(\.issuedOn)), \(parties), \(invoices.map(\.description)),
                \(invoices.map(\.serviceCode)), \(invoices.map(\.placeOfSupply)), \(invoices.map(\.currency)),
                \(splits.map(\.taxable)), \(invoices.map { Int64($0.rateBasisPoints) }), \(splits.map(\.cgst)),
                \(splits.map(\.sgst)), \(splits.map(\.igst)), \(splits.map(\.roundOff)), \(invoices.map(\.total))
            ) i (
                id, payment_id, user_id, number, label, issued_on, parties, description, service_code, place_of_supply,
                currency, taxable, rate, cgst, sgst, igst, round_off, total
            )
            """)
    }
}

/// The numbers of one series, held until the commit: those that are taken in a transaction that fails are not taken.
struct DocumentNumbers {
    let series: String
    let year: FiscalYear
    let date: String
    private var last: Int64

    /// Dates only grow within a series, also when a clock goes back.
    static func lock(_ series: String, at now: Timestamp, on sql: some SQLRunner) async throws -> DocumentNumbers {
        let today = FiscalYear.date(at: now)
        let year = FiscalYear(of: today)
        let text = String(Timestamp(today).rfc3339.prefix(10))
        let (last, date): (Int64, String) = try await sql.one(
            """
            insert into document_counters as c (series, fiscal_year, last_number, last_date)
            values (\(series), \(year.name), 0, \(text)::date)
            on conflict (series, fiscal_year) do update set last_date = greatest(c.last_date, excluded.last_date)
            returning c.last_number, c.last_date::text
            """)
        return DocumentNumbers(series: series, year: year, date: date, last: last)
    }

    mutating func next() -> (number: Int64, label: String) {
        last += 1
        let digits = "\(last)"
        let padded = String(repeating: "0", count: max(6 - digits.count, 0)) + digits
        return (last, "\(series)/\(year.name)/\(padded)")
    }

    func keep(on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update document_counters set last_number = \(last)
            where series = \(series) and fiscal_year = \(year.name)
            """)
    }
}
