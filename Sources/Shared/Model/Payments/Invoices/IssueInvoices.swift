import JSON
import Postgres
import Queue
import Runtime

/// Invoices and credit notes: written once for each payment and refund, their numbers without gaps.
package struct Invoicing: Sendable {
    package let durable: DurableQueue
    let config: InvoiceConfig
    let places: Places
    let clock: any WallClock

    package var database: Database { durable.database }
    private static let batch = 200

    package init(
        durable: DurableQueue, config: InvoiceConfig, places: Places, clock: any WallClock = SystemClock()
    ) {
        self.durable = durable
        self.config = config
        self.places = places
        self.clock = clock
    }

    /// Numbers, rows and the books commit together. Answers how many there were; as many as fit mean that more wait.
    /// Who finds another at it does not stand in line for the numbers, and looks again when that one is done.
    package func issue(on transaction: JobTransaction) async throws -> Int {
        let isAlone: Bool = try await transaction.one(
            "select pg_try_advisory_xact_lock(hashtextextended(\(IssueInvoices.kind), 0))")
        guard isAlone else {
            try await transaction.enqueue(IssueInvoices(), after: .seconds(1), unique: IssueInvoices.waiting)
            return 0
        }
        let due: [DueInvoice] = try await transaction.all(
            """
            with due as (
                delete from invoices_due
                where payment_id in (
                    select payment_id from invoices_due order by captured_at, payment_id limit \(Self.batch)
                )
                returning payment_id
            )
            select m.id as payment_id, m.amount, m.currency, o.user_id, o.plan_id, o.cycle, o.reference, o.billing_name,
                o.billing_country, o.billing_state, o.billing_address, o.billing_gstin
            from due
            join payments m on m.id = due.payment_id
            join payment_orders o on o.id = m.order_id
            where not exists (select from invoices i where i.payment_id = m.id)
            order by m.captured_at, m.id
            """)
        guard !due.isEmpty else { return 0 }
        try await write(due, on: transaction)
        if due.count == Self.batch { try await transaction.enqueue(IssueInvoices()) }
        return due.count
    }

    private func write(_ due: [DueInvoice], on transaction: JobTransaction) async throws {
        let now = clock.now
        var numbers = try await DocumentNumbers.lock(config.prefix, at: now, on: transaction)
        var invoices: [(invoice: Invoice, number: Int64)] = []
        for one in due {
            let (number, label) = numbers.next()
            invoices.append((one.invoice(label, on: numbers.date, config), number))
        }
        try await Invoice.insert(invoices, series: config.prefix, numbers.year, at: now, on: transaction)
        let postings = invoices.map { invoice, _ in
            Posting(
                .invoice, of: invoice.id.uuid, invoice.currency,
                [
                    (.sales, invoice.total), (.revenue, -invoice.split.taxable), (.tax, -invoice.split.tax),
                    (.rounding, -invoice.split.roundOff),
                ])
        }
        try await Posting.post(postings, at: now, on: transaction)
        try await transaction.enqueueAll(invoices.map { SendInvoice(invoice: $0.invoice.id) })
        try await numbers.keep(on: transaction)
    }

    /// What a refund takes back of an invoice, in a series of its own. Of money in excess there is no invoice.
    package func issue(_ job: IssueCreditNote, on transaction: JobTransaction) async throws {
        let isDone: Bool = try await transaction.one(
            "select exists (select from credit_notes where refund_id = \(job.refund))")
        guard !isDone, let refund = try await Refund.find(job.refund, on: transaction), refund.state == .succeeded,
            let payment = try await Payment.find(refund.payment, on: transaction), payment.standing == .accepted
        else { return }
        let found: ID<Invoice>? = try await transaction.first(
            "select id from invoices where payment_id = \(payment.id)")
        guard let found, let invoice = try await Invoice.find(found, of: nil, on: transaction) else {
            throw JobOutcome.snooze(.seconds(5))
        }
        var numbers = try await DocumentNumbers.lock("C" + config.prefix, at: clock.now, on: transaction)
        let (number, label) = numbers.next()
        let split = try await rest(of: invoice, less: refund.amount, on: transaction)
        let id = ID<CreditNote>.new()
        try await transaction.run(
            """
            insert into credit_notes (
                id, refund_id, invoice_id, user_id, series, fiscal_year, number, label, issued_on, currency, taxable,
                cgst, sgst, igst, round_off, total, created_at
            )
            values (
                \(id), \(refund.id), \(invoice.id), \(invoice.user), \(numbers.series), \(numbers.year.name),
                \(number), \(label), \(numbers.date)::date, \(invoice.currency), \(split.taxable), \(split.cgst),
                \(split.sgst), \(split.igst), \(split.roundOff), \(refund.amount), \(clock.now)
            )
            """)
        try await Posting(
            .creditNote, of: id.uuid, invoice.currency,
            [
                (.sales, -refund.amount), (.revenue, split.taxable), (.tax, split.tax), (.rounding, split.roundOff),
            ]
        ).post(at: clock.now, on: transaction)
        try await numbers.keep(on: transaction)
    }

    /// Split like the invoice.
    private func rest(
        of invoice: Invoice, less amount: Int64, on sql: some SQLRunner
    ) async throws -> TaxSplit {
        if amount == invoice.total { return invoice.split }
        return TaxSplit(of: amount, rate: invoice.rateBasisPoints, withinState: invoice.split.cgst > 0)
    }
}

/// Sends an invoice to whom it bills.
package struct SendInvoice: Job, Codable, Equatable {
    package static let kind = "payment.send_invoice"
    package static let queue = QueueName.email
    package static var retry: RetryPolicy { .exponential(attempts: 40, base: .seconds(5), cap: .hours(2)) }
    package let invoice: ID<Invoice>
}

/// A payment that has no invoice yet.
private struct DueInvoice: RowDecodable {
    let payment: ID<Payment>
    let amount: Int64
    let currency: String
    let user: ID<User>
    let plan: String
    let cycle: PlanCycle
    let reference: String
    let billing: Billing

    init(row: Row) throws(RowError) {
        payment = try row["payment_id"]
        amount = try row["amount"]
        currency = try row["currency"]
        user = try row["user_id"]
        plan = try row["plan_id"]
        cycle = try row["cycle"]
        reference = try row["reference"]
        billing = Billing(
            stored: try row["billing_name"], try row["billing_country"], try row["billing_state"],
            try row["billing_address"], try row["billing_gstin"])
    }

    /// Abroad is an export: the number 96, and no tax.
    func invoice(_ label: String, on date: String, _ config: InvoiceConfig) -> Invoice {
        let isExport = billing.country != "IN"
        let rate = isExport ? 0 : config.rate
        let split = TaxSplit(of: amount, rate: rate, withinState: !isExport && billing.state == config.seller.state)
        let parties = Invoice.Parties(
            seller: config.seller, buyerName: billing.name, buyerAddress: billing.address,
            buyerCountry: billing.country, buyerState: billing.state, buyerGSTIN: billing.gstin)
        return Invoice(
            id: .new(), payment: payment, user: user, label: label, issuedOn: date, parties: parties,
            description: "Membership \(plan), \(cycle.rawValue), order \(reference)", serviceCode: config.serviceCode,
            placeOfSupply: isExport ? "96" : billing.state, currency: currency, rateBasisPoints: rate, split: split,
            total: amount)
    }
}
