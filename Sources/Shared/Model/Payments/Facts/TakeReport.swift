import Postgres
import Queue
import Runtime

/// What came of a report.
package struct Taken: Sendable, Equatable {
    /// Of the order, if there is one: to be told once it is committed.
    package var order: ID<PaymentOrder>?
    package var status: PaymentOrder.Status?
    /// Whether anything is other than before.
    package var hasNews = false
    package var contradictions = 0
    /// Payments that were accepted, and those that are in excess, by this report.
    package var accepted: [ID<Payment>] = []
    package var excess: [Payment.Excess] = []
}

extension Payments {
    /// Takes into the books what a provider reports of one order. All that follows is in the same transaction: the order's
    /// state, the membership, the ledger. Whatever is reported again changes nothing.
    package func take(
        _ report: ProviderReport, of provider: ProviderName, from source: FactSource, on transaction: JobTransaction
    ) async throws -> Taken {
        let taken = try await record(report, of: provider, from: source, on: transaction)
        if !taken.accepted.isEmpty { try await bill(on: transaction) }
        return taken
    }

    /// Has invoices written soon. One job that waits serves all that is paid until it runs.
    func bill(on transaction: JobTransaction) async throws {
        try await transaction.enqueue(IssueInvoices(), JobOptions(unique: IssueInvoices.waiting))
    }

    /// All of it but the job of the invoice, which whoever takes many reports enqueues once.
    func record(
        _ report: ProviderReport, of provider: ProviderName, from source: FactSource, on transaction: JobTransaction
    ) async throws -> Taken {
        let order = try await PaymentOrder.lock(report, of: provider, on: transaction)
        var taking = Taking(self, order, provider, source, transaction)
        taking.taken.order = order?.id
        for fact in report.payments { try await taking.take(fact, reported: report.reference ?? report.orderID) }
        for fact in report.refunds { try await taking.take(fact) }
        for fact in report.disputes { try await taking.take(fact) }
        try await taking.settle()
        if let order { taking.taken.status = try await derive(order, taking.taken, on: transaction) }
        return taking.taken
    }

    /// The order's state, as its payments have it.
    private func derive(
        _ order: PaymentOrder, _ taken: Taken, on transaction: JobTransaction
    ) async throws -> PaymentOrder.Status {
        guard taken.hasNews else { return order.status }
        let status = try await order.derived(on: transaction)
        guard status != order.status else { return status }
        try await order.set(status, at: now, on: transaction)
        try await UserChange.record(.payments, order.id.uuid, of: order.user, at: now, on: transaction)
        return status
    }
}

/// One report on its way into the books.
struct Taking {
    let payments: Payments
    let order: PaymentOrder?
    let provider: ProviderName
    let source: FactSource
    let transaction: JobTransaction
    let now: Timestamp
    var taken = Taken()
    /// Those that the report is about, locked.
    var touched: [ID<Payment>: Payment] = [:]
    /// Of which refunds may have to be looked at.
    var refunded: Set<ID<Payment>> = []

    init(
        _ payments: Payments, _ order: PaymentOrder?, _ provider: ProviderName, _ source: FactSource,
        _ transaction: JobTransaction
    ) {
        self.payments = payments
        self.order = order
        self.provider = provider
        self.source = source
        self.transaction = transaction
        now = payments.now
    }

    // MARK: Payments

    mutating func take(_ fact: PaymentFact, reported: String?) async throws {
        var (payment, isNew) = try await Payment.lock(
            fact, of: provider, order: order?.id, reported: reported, at: now, on: transaction)
        let wasCaptured = payment.state == .captured && !isNew
        let reading = isNew ? .news : payment.take(fact, at: now)
        let isFresh = try await payment.note(
            fact, from: source, contradicts: reading == .contradiction, at: now, on: transaction)
        if reading == .contradiction, isFresh { report(fact, against: payment) }
        let isAdopted = payment.order == nil && order != nil
        if isAdopted { payment.order = order?.id }
        if reading == .news || isAdopted { taken.hasNews = true }
        if fact.state == .failed, reading == .news { payments.meters.failures.add() }
        if payment.isToBeJudged, payment.order == order?.id {
            try await judge(&payment)
        } else if reading == .news && !isNew || isAdopted {
            try await payment.keep(at: now, on: transaction)
        }
        if !wasCaptured, payment.state == .captured { refunded.insert(payment.id) }
        touched[payment.id] = payment
    }

    /// Nothing is taken away for it: somebody has to look.
    private mutating func report(_ fact: PaymentFact, against payment: Payment) {
        taken.contradictions += 1
        payments.meters.contradictions.add()
        payments.log.error(
            "a provider contradicts itself",
            [
                "payment.id": .id(payment.id), "provider": .string(provider.rawValue),
                "was": .string("\(payment.state.rawValue) \(payment.amount) \(payment.currency)"),
                "now": .string("\(fact.state.rawValue) \(fact.amount) \(fact.currency)"),
            ])
    }

    /// Money has come in: it pays the order and gives its membership, or it is in excess.
    private mutating func judge(_ payment: inout Payment) async throws {
        let wasExcess = payment.standing == .excess
        let place: MemberPlace
        let account = Account.provider(provider)
        switch try await placeOf(payment) {
        case .success(let found): place = found
        case .failure(let reason):
            (payment.standing, payment.excess) = (.excess, reason)
            try await payment.keep(at: now, on: transaction)
            taken.excess.append(reason)
            guard !wasExcess else { return }
            payments.meters.excess.with(reason.rawValue).add()
            try await Posting(
                .excess, of: payment.id.uuid, payment.amount, payment.currency, from: .suspense, to: account
            ).post(at: now, on: transaction)
            return
        }
        (payment.standing, payment.excess) = (.accepted, nil)
        try await payment.keep(at: now, on: transaction)
        try await payment.awaitInvoice(since: now, on: transaction)
        try await payments.grant(place, for: payment, on: transaction)
        let posting =
            wasExcess
            ? Posting(.adoption, of: payment.id.uuid, payment.amount, payment.currency, from: .sales, to: .suspense)
            : Posting(.payment, of: payment.id.uuid, payment.amount, payment.currency, from: .sales, to: account)
        try await posting.post(at: now, on: transaction)
        taken.accepted.append(payment.id)
        payments.meters.successes.add()
    }

    /// Why it cannot pay the order; where it can, how the person's membership stands, locked.
    private func placeOf(_ payment: Payment) async throws -> Result<MemberPlace, Payment.Excess> {
        guard let order else { return .failure(.unknownOrder) }
        if payment.standing == .excess {
            // Money whose order was not known, and that somebody gives back already.
            let isLeaving: Bool = try await transaction.one(
                "select exists (select from refunds where payment_id = \(payment.id) and state <> 'failed')")
            if isLeaving { return .failure(.unknownOrder) }
        }
        if payment.currency != order.currency { return .failure(.wrongCurrency) }
        if payment.amount != order.amount { return .failure(.wrongAmount) }
        // Counted, not asked for by `exists`: of a small table that one is read from one end to the other.
        let others: Int = try await transaction.one(
            """
            select count(*)::int from payments
            where order_id = \(order.id) and standing = 'accepted' and id <> \(payment.id)
            """)
        if others > 0 { return .failure(.secondPayment) }
        let place = try await payments.place(of: order, on: transaction)
        if place.isForGood { return .failure(.alreadyLifetime) }
        if order.credited > 0, try await GrantCredit.isSpent(by: order.id, on: transaction) {
            return .failure(.creditSpent)
        }
        return .success(place)
    }
}

extension Payment {
    /// Money whose order was not known may be put right as long as nobody gives it back.
    fileprivate var isToBeJudged: Bool {
        state == .captured && (standing == .open || excess == .unknownOrder && order != nil)
    }
}

extension PaymentOrder {
    /// The order that a report is about, by our name for it, by the provider's, or by a payment that is known.
    fileprivate static func lock(
        _ report: ProviderReport, of provider: ProviderName, on sql: some SQLRunner
    ) async throws -> PaymentOrder? {
        let payments =
            report.payments.map(\.id) + report.refunds.map(\.payment) + report.disputes.map(\.payment)
        return try await sql.first(
            """
            select \(literally: columns) from payment_orders o
            where o.id = coalesce(
                (select id from payment_orders where reference = \(report.reference) and provider = \(provider)),
                (
                    select id from payment_orders
                    where provider = \(provider) and provider_order_id = \(report.orderID)
                ),
                (
                    select order_id from payments
                    where provider = \(provider) and provider_payment_id = any (\(payments)) and order_id is not null
                    limit 1
                )
            )
            for no key update
            """)
    }

    /// What its payments say, whatever the time.
    fileprivate func derived(on sql: some SQLRunner) async throws -> Status {
        let (isPaid, isRefunded, isUnderWay, hasFailed): (Bool, Bool, Bool, Bool) = try await sql.one(
            """
            select coalesce(bool_or(m.standing = 'accepted'), false),
                coalesce(bool_or(m.standing = 'accepted' and m.amount <= (
                    select coalesce(sum(r.amount), 0) from refunds r
                    where r.payment_id = m.id and r.state = 'succeeded'
                )), false),
                coalesce(bool_or(m.state in ('pending', 'authorized')), false),
                coalesce(bool_or(m.state = 'failed'), false)
            from payments m
            where m.order_id = \(id)
            """)
        if isPaid { return isRefunded ? .refunded : .paid }
        if status == .expired { return .expired }
        return isUnderWay ? .pending : hasFailed ? .failed : status
    }
}
