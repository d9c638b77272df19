import Postgres
import Runtime

/// Where money is, in the books. Debit is positive.
struct Account: Sendable, Equatable {
    let name: String

    /// With a provider, until it pays out.
    static func provider(_ name: ProviderName) -> Account { Account(name: "provider:\(name.rawValue)") }
    /// Paid, and not yet invoiced.
    static let sales = Account(name: "sales")
    static let revenue = Account(name: "revenue")
    static let tax = Account(name: "output_tax")
    static let rounding = Account(name: "rounding")
    /// Money that belongs to no order as it is.
    static let suspense = Account(name: "suspense")
}

/// A transaction of the books. Its entries sum to zero, which the database checks at the commit.
struct Posting: Sendable {
    enum Kind: String, Sendable, SQLEncodable {
        case payment, excess, adoption, refund, invoice, creditNote = "credit_note"
    }

    let kind: Kind
    /// What it is about. A second posting of the same changes nothing.
    let subject: UUID
    let currency: String
    let entries: [(account: Account, amount: Int64)]

    /// Between two accounts.
    init(_ kind: Kind, of subject: UUID, _ amount: Int64, _ currency: String, from credit: Account, to debit: Account) {
        self.init(kind, of: subject, currency, [(debit, amount), (credit, -amount)])
    }

    init(_ kind: Kind, of subject: UUID, _ currency: String, _ entries: [(account: Account, amount: Int64)]) {
        self.kind = kind
        self.subject = subject
        self.currency = currency
        self.entries = entries.filter { $0.amount != 0 }
    }

    /// False where it stands there already.
    @discardableResult
    func post(at now: Timestamp, on sql: some SQLRunner) async throws -> Bool {
        guard !entries.isEmpty else { return false }
        return try await sql.run(
            """
            with made as (
                insert into ledger_transactions (id, kind, subject_id, posted_at)
                values (\(UUID.v7()), \(kind), \(subject), \(now))
                on conflict on constraint ledger_transactions_once do nothing
                returning id
            )
            insert into ledger_entries (transaction_id, line, account, amount, currency)
            select made.id, e.line, e.account, e.amount, \(currency)
            from made, unnest(\(entries.map(\.account.name)), \(entries.map(\.amount)))
                with ordinality e (account, amount, line)
            """) > 0
    }
}
