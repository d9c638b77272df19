import Postgres
import Runtime

extension Payment.Standing: SQLEncodable, SQLDecodable {}
extension Payment.Excess: SQLEncodable, SQLDecodable {}
extension PaymentFact.State: SQLEncodable, SQLDecodable {}
extension DisputeFact.State: SQLEncodable, SQLDecodable {}

extension Payment: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        provider = try row["provider"]
        providerPaymentID = try row["provider_payment_id"]
        order = try row["order_id"]
        amount = try row["amount"]
        currency = try row["currency"]
        state = try row["state"]
        method = try row["method"]
        bankReference = try row["bank_reference"]
        failure = try row["failure"]
        dispute = try row["dispute"]
        firstSeenAt = try row["first_seen_at"]
        changedAt = try row["changed_at"]
        capturedAt = try row["captured_at"]
        standing = try row["standing"]
        excess = try row["excess_reason"]
    }

    static let columns: StaticString = """
        m.id, m.provider, m.provider_payment_id, m.order_id, m.amount, m.currency, m.state, m.method, m.bank_reference,
        m.failure, m.dispute, m.first_seen_at, m.changed_at, m.captured_at, m.standing, m.excess_reason
        """

    static func find(_ id: ID<Payment>, on sql: some SQLRunner) async throws -> Payment? {
        try await sql.first("select \(literally: columns) from payments m where m.id = \(id)")
    }

    /// The newest first.
    static func all(of order: ID<PaymentOrder>, on sql: some SQLRunner) async throws -> [Payment] {
        try await sql.all(
            "select \(literally: columns) from payments m where m.order_id = \(order) order by m.id desc")
    }

    /// Locks the payment that a fact is about, made from it where it is new.
    static func lock(
        _ fact: PaymentFact, of provider: ProviderName, order: ID<PaymentOrder>?, reported: String?, at now: Timestamp,
        on sql: some SQLRunner
    ) async throws -> (payment: Payment, isNew: Bool) {
        let made = ID<Payment>.new()
        let captured = fact.state == .captured ? now : nil
        let payment: Payment = try await sql.one(
            """
            insert into payments as m (
                id, provider, provider_payment_id, order_id, reported_order, amount, currency, state, method,
                bank_reference, failure, first_seen_at, changed_at, captured_at
            )
            values (
                \(made), \(provider), \(fact.id), \(order), \(reported), \(fact.amount), \(fact.currency),
                \(fact.state), \(fact.method), \(fact.bankReference), \(fact.failure), \(now), \(now), \(captured)
            )
            on conflict (provider, provider_payment_id) do update set changed_at = m.changed_at
            returning \(literally: columns)
            """)
        return (payment, payment.id == made)
    }

    /// For what is told of a payment that is known.
    static func lock(
        _ id: String, of provider: ProviderName, on sql: some SQLRunner
    ) async throws -> Payment? {
        try await sql.first(
            """
            select \(literally: columns) from payments m
            where m.provider = \(provider) and m.provider_payment_id = \(id)
            for no key update
            """)
    }

    func keep(at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update payments
            set order_id = \(order), amount = \(amount), currency = \(currency), state = \(state), method = \(method),
                bank_reference = \(bankReference), failure = \(failure), dispute = \(dispute), changed_at = \(now),
                captured_at = \(capturedAt), standing = \(standing), excess_reason = \(excess)
            where id = \(id)
            """)
    }

    /// Whoever writes invoices finds it there.
    func awaitInvoice(since time: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into invoices_due (payment_id, captured_at) values (\(id), \(capturedAt ?? time))
            on conflict do nothing
            """)
    }

    /// Every different thing that was ever said of it, once.
    func note(
        _ fact: PaymentFact, from source: FactSource, contradicts: Bool, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            insert into payment_facts (payment_id, state, amount, currency, source, event_id, contradicts, seen_at)
            values (
                \(id), \(fact.state), \(fact.amount), \(fact.currency), \(source.name), \(source.event),
                \(contradicts), \(now)
            )
            on conflict do nothing
            """) > 0
    }
}
