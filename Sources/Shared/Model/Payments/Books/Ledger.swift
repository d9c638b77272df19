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
        try await Self.post([self], at: now, on: sql) > 0
    }

    /// Many at once. Answers how many entries were written.
    @discardableResult
    static func post(_ postings: [Posting], at now: Timestamp, on sql: some SQLRunner) async throws -> Int {
        let postings = postings.filter { !$0.entries.isEmpty }
        guard !postings.isEmpty else { return 0 }
        let ids = postings.map { _ in UUID.v7() }
        let lines = zip(ids, postings).flatMap { id, posting in
            posting.entries.enumerated().map { (id, Int32($0 + 1), $1.account.name, $1.amount, posting.currency) }
        }
        return try await sql.run(
            """
            with made as (
                insert into ledger_transactions (id, kind, subject_id, posted_at)
                select id, kind, subject, \(now)
                from unnest(\(ids), \(postings.map(\.kind.rawValue)), \(postings.map(\.subject))) t (id, kind, subject)
                on conflict on constraint ledger_transactions_once do nothing
                returning id
            )
            insert into ledger_entries (transaction_id, line, account, amount, currency)
            select made.id, e.line, e.account, e.amount, e.currency
            from unnest(
                \(lines.map(\.0)), \(lines.map(\.1)), \(lines.map(\.2)), \(lines.map(\.3)), \(lines.map(\.4))
            ) e (id, line, account, amount, currency)
            join made on made.id = e.id
            """)
    }
}
