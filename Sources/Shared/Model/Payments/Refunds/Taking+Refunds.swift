import Postgres
import Queue
import Runtime

extension Taking {
    /// A refund may be heard of before its payment is: then the payment waits for what it was.
    mutating func take(_ fact: RefundFact) async throws {
        if let known = try await Refund.lock(fact, of: provider, on: transaction) {
            try await take(fact, known)
            return
        }
        let payment = try await paymentOf(fact)
        let refund = Refund(
            id: .new(), payment: payment.id, amount: fact.amount, currency: fact.currency, state: fact.state.kept,
            origin: .provider, reason: "made by the provider", requestedBy: nil, provider: provider,
            providerRefundID: fact.id, failure: nil, createdAt: now, settledAt: nil)
        guard try await refund.insert(at: now, on: transaction) else { return }
        taken.hasNews = true
        touched[payment.id] = payment
        refunded.insert(payment.id)
    }

    private mutating func take(_ fact: RefundFact, _ known: Refund) async throws {
        if known.state == .succeeded, fact.state == .failed {
            taken.contradictions += 1
            payments.meters.contradictions.add()
            payments.log.error("a refund that had succeeded is reported as failed", ["refund.id": .id(known.id)])
            return
        }
        guard known.state != fact.state.kept || known.providerRefundID == nil else { return }
        guard
            try await Refund.set(
                fact.state.kept, fact.id, failure: fact.state == .failed ? "the provider has refused it" : nil,
                of: known.id, at: now, on: transaction)
        else { return }
        taken.hasNews = true
        refunded.insert(known.payment)
        if touched[known.payment] == nil {
            touched[known.payment] = try await Payment.lock(known.payment, on: transaction)
        }
    }

    private func paymentOf(_ fact: RefundFact) async throws -> Payment {
        if let known = touched.values.first(where: { $0.providerPaymentID == fact.payment }) { return known }
        if let known = try await Payment.lock(fact.payment, of: provider, on: transaction) { return known }
        let stub = PaymentFact(fact.payment, .pending, amount: 0, currency: fact.currency)
        return try await Payment.lock(
            stub, of: provider, order: order?.id, reported: nil, at: now, on: transaction
        ).payment
    }

    // MARK: Disputes

    mutating func take(_ fact: DisputeFact) async throws {
        guard var payment = try await Payment.lock(fact.payment, of: provider, on: transaction) else { return }
        guard payment.dispute == nil || payment.dispute == .open, payment.dispute != fact.state else { return }
        payment.dispute = fact.state
        try await payment.keep(at: now, on: transaction)
        touched[payment.id] = payment
        taken.hasNews = true
        guard fact.state == .lost else { return }
        let returned = try await Refund.all(of: payment.id, on: transaction)
            .filter { $0.state == .succeeded }.reduce(0) { $0 + $1.amount }
        guard payment.amount > returned else { return }
        let loss = Refund(
            id: .new(), payment: payment.id, amount: payment.amount - returned, currency: payment.currency,
            state: .succeeded, origin: .dispute, reason: "a dispute was lost", requestedBy: nil, provider: provider,
            providerRefundID: "dispute:\(fact.id)", failure: nil, createdAt: now, settledAt: nil)
        if try await loss.insert(at: now, on: transaction) { refunded.insert(payment.id) }
    }

    // MARK: What follows

    /// Puts refunds into the books, and ends what a payment gave that has gone back as a whole.
    mutating func settle() async throws {
        for id in refunded {
            guard let payment = touched[id], payment.state == .captured else { continue }
            let refunds = try await Refund.all(of: id, on: transaction).filter { $0.state == .succeeded }
            guard !refunds.isEmpty else { continue }
            let account: Account = payment.standing == .accepted ? .sales : .suspense
            for refund in refunds {
                let posting = Posting(
                    .refund, of: refund.id.uuid, refund.amount, refund.currency, from: .provider(provider), to: account)
                guard try await posting.post(at: now, on: transaction) else { continue }
                if payment.standing == .accepted {
                    try await transaction.enqueue(IssueCreditNote(refund: refund.id))
                }
            }
            taken.hasNews = true
            guard payment.standing == .accepted, refunds.reduce(0, { $0 + $1.amount }) >= payment.amount,
                let owner = try await owner(of: payment)
            else { continue }
            let isDispute = refunds.contains { $0.origin == .dispute }
            try await payments.revoke(payment, for: isDispute ? .dispute : .refund, of: owner, on: transaction)
        }
    }

    private func owner(of payment: Payment) async throws -> ID<User>? {
        if let order, order.id == payment.order { return order.user }
        return try await transaction.first("select user_id from payment_orders where id = \(payment.order)")
    }
}

extension RefundFact.State {
    fileprivate var kept: Refund.State {
        switch self {
        case .submitted: .submitted
        case .succeeded: .succeeded
        case .failed: .failed
        }
    }
}

extension Payment {
    /// The row, locked.
    static func lock(_ id: ID<Payment>, on sql: some SQLRunner) async throws -> Payment? {
        try await sql.first("select \(literally: columns) from payments m where m.id = \(id) for no key update")
    }
}
