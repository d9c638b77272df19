import JSON
import Postgres
import Queue
import Runtime

/// Asks a provider to give money back, and follows what becomes of it.
package struct SubmitRefund: Job, Codable, Equatable {
    package static let kind = "payment.submit_refund"
    package static let queue = QueueName.payments
    package static var retry: RetryPolicy { .exponential(attempts: 60, base: .seconds(5), cap: .hours(2)) }
    package let refund: ID<Refund>
}

/// What somebody wants back.
package struct RefundRequest: Sendable {
    package let id: ID<RefundRequest>
    package let order: ID<PaymentOrder>
    package let reason: String
    package let state: String
    package let createdAt: Timestamp
}

extension Payments {
    /// People may ask; an administrator decides.
    package func askForRefund(
        of id: ID<PaymentOrder>, because reason: String, by user: SignedInUser, on transaction: JobTransaction
    ) async throws -> RefundRequest {
        guard let order = try await PaymentOrder.find(id, of: user.id, on: transaction) else { throw Self.unknownOrder }
        guard order.status == .paid else { throw Problem(.conflict, "Nothing was paid that could be given back") }
        let request: RefundRequest? = try await transaction.first(
            """
            insert into refund_requests (id, order_id, reason, state, created_at)
            values (\(ID<RefundRequest>.new()), \(id), \(reason), 'open', \(now))
            on conflict (order_id) where state = 'open' do nothing
            returning id, order_id, reason, state, created_at
            """)
        guard let request else { throw Problem(.conflict, "You have asked for it already") }
        return request
    }

    /// Money that waits in suspense.
    package func excess(after: ID<Payment>?, limit: Int) async throws -> [Payment] {
        try await database.all(
            """
            select \(literally: Payment.columns) from payments m
            where m.standing = 'excess' and (\(after)::uuid is null or m.id > \(after))
            order by m.id
            limit \(limit)
            """)
    }

    package func refundRequests(after: ID<RefundRequest>?, limit: Int) async throws -> [RefundRequest] {
        try await database.all(
            """
            select id, order_id, reason, state, created_at from refund_requests
            where state = 'open' and (\(after)::uuid is null or id > \(after))
            order by id
            limit \(limit)
            """)
    }

    package func decline(_ id: ID<RefundRequest>, by admin: SignedInUser) async throws {
        let count = try await database.run(
            """
            update refund_requests set state = 'declined', decided_at = \(now), decided_by = \(admin.id)
            where id = \(id) and state = 'open'
            """)
        guard count > 0 else { throw Problem(.notFound, "There is no such request that is open.") }
    }

    /// Money that paid an order goes back; without an amount all that is left of it.
    package func refund(
        orderOf id: ID<PaymentOrder>, _ amount: Int64?, because reason: String, by admin: SignedInUser,
        on transaction: JobTransaction
    ) async throws -> Refund {
        let locked: ID<PaymentOrder>? = try await transaction.first(
            "select id from payment_orders where id = \(id) for no key update")
        guard locked != nil else { throw Self.unknownOrder }
        let paid: ID<Payment>? = try await transaction.first(
            "select id from payments where order_id = \(id) and standing = 'accepted'")
        guard let paid else { throw Problem(.conflict, "No payment of this order has been accepted") }
        let refund = try await refund(locked: paid, amount, because: reason, by: admin, on: transaction)
        try await transaction.run(
            """
            update refund_requests set state = 'approved', decided_at = \(now), decided_by = \(admin.id)
            where order_id = \(id) and state = 'open'
            """)
        return refund
    }

    /// The same for money in excess, whose payment is named itself.
    package func refund(
        _ id: ID<Payment>, _ amount: Int64?, because reason: String, by admin: SignedInUser,
        on transaction: JobTransaction
    ) async throws -> Refund {
        // The order goes first, as everywhere.
        try await transaction.run(
            """
            select from payment_orders where id = (select order_id from payments where id = \(id)) for no key update
            """)
        return try await refund(locked: id, amount, because: reason, by: admin, on: transaction)
    }

    /// The sum of what goes back, or may, is never more than what came.
    private func refund(
        locked id: ID<Payment>, _ amount: Int64?, because reason: String, by admin: SignedInUser,
        on transaction: JobTransaction
    ) async throws -> Refund {
        guard let payment = try await Payment.lock(id, on: transaction) else {
            throw Problem(.notFound, "There is no such payment.")
        }
        guard payment.state == .captured else { throw Problem(.conflict, "This payment has not come in") }
        guard providers[payment.provider]?.capabilities.contains(.refunds) == true else {
            throw Problem(.conflict, "\(payment.provider.rawValue) cannot give money back: do it at the bank")
        }
        let gone = try await Refund.all(of: id, on: transaction).filter { $0.state != .failed }.reduce(0) {
            $0 + $1.amount
        }
        let left = payment.amount - gone
        guard left > 0 else { throw Problem(.conflict, "All of it has been given back already") }
        let wanted = amount ?? left
        guard wanted <= left else { throw Problem.invalid("amount", .outOfRange, "at most \(left) are left") }
        let refund = Refund(
            id: .new(), payment: id, amount: wanted, currency: payment.currency, state: .requested, origin: .admin,
            reason: reason, requestedBy: admin.id, provider: payment.provider, providerRefundID: nil, failure: nil,
            createdAt: now, settledAt: nil)
        _ = try await refund.insert(at: now, on: transaction)
        try await transaction.enqueue(SubmitRefund(refund: refund.id))
        return refund
    }
}

extension Payments {
    /// The reference tells the provider repetitions from another refund; whatever was not answered is looked for first.
    package func submit(_ job: SubmitRefund, _ context: JobContext) async throws {
        guard let refund = try await Refund.find(job.refund, on: database), !refund.state.isSettled,
            let payment = try await Payment.find(refund.payment, on: database),
            let provider = providers[refund.provider]
        else { throw JobOutcome.discard("there is nothing left to do") }
        let order: PaymentOrder? =
            if let id = payment.order { try await PaymentOrder.find(id, on: database) } else { nil }
        let wish = RefundOrder(
            reference: refund.reference, paymentID: payment.providerPaymentID, order: order, amount: refund.amount,
            currency: refund.currency, reason: refund.reason, providerRefundID: refund.providerRefundID)
        let fact: RefundFact
        do throws(ProviderError) { fact = try await ask(wish, refund, provider) } catch {
            return try await note(error, of: refund, context)
        }
        let report = ProviderReport(reference: order?.reference, refunds: [fact])
        let taken = try await context.transaction { transaction in
            let taken = try await take(report, of: refund.provider, from: .poll, on: transaction)
            if fact.state == .submitted {
                try await transaction.enqueue(job, JobOptions(runAt: now + .minutes(10)))
            }
            return taken
        }
        await tell(taken.order)
    }

    private func ask(
        _ wish: RefundOrder, _ refund: Refund, _ provider: any PaymentProvider
    ) async throws(ProviderError) -> RefundFact {
        if refund.state != .requested, let found = try await provider.find(wish) { return found }
        do {
            // Before the provider is asked, so that nobody takes it for untouched afterwards.
            _ = try await Refund.set(.submitted, of: refund.id, at: now, on: database)
        } catch { throw .busy("\(error)", after: nil) }
        return try await provider.refund(wish)
    }

    private func note(_ error: ProviderError, of refund: Refund, _ context: JobContext) async throws {
        switch error {
        case .refused(let reason):
            log.error("a refund is refused", ["refund.id": .id(refund.id), "reason": .string(reason)])
            try await context.transaction {
                _ = try await Refund.set(.failed, failure: reason, of: refund.id, at: now, on: $0)
            }
        case .busy(let reason, let delay): throw JobOutcome.retryAfter(delay ?? .seconds(15), reason)
        default:
            _ = try await Refund.set(.unknown, of: refund.id, at: now, on: database)
            throw error
        }
    }
}

extension RefundRequest: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        order = try row["order_id"]
        reason = try row["reason"]
        state = try row["state"]
        createdAt = try row["created_at"]
    }
}
