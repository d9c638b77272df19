import JSON
import Postgres
import Queue
import Runtime

/// Makes an order at its provider, or finds out what became of a first try.
package struct OpenOrder: Job, Codable, Equatable {
    package static let kind = "payment.open_order"
    package static let queue = QueueName.payments
    package static var priority: Priority { .high }
    package static var retry: RetryPolicy { .exponential(attempts: 12, base: .seconds(2), cap: .minutes(5)) }
    package let order: ID<PaymentOrder>
}

/// Ends an order whose time is over, unless it was paid after all.
package struct ExpireOrder: Job, Codable, Equatable {
    package static let kind = "payment.expire_order"
    package static let queue = QueueName.payments
    /// Until then its provider is back, or reconciliation has seen to it.
    package static var retry: RetryPolicy { .exponential(attempts: 40, base: .seconds(10), cap: .minutes(60)) }
    package let order: ID<PaymentOrder>
}

extension Payments {
    /// An order for a plan, and where to pay it. The same request under the same key finds the order that it has made.
    package func order(_ new: NewOrder, by user: SignedInUser) async throws -> (order: PaymentOrder, isNew: Bool) {
        if let found = try await found(new, by: user) { return (found, false) }
        guard let person = try await User.find(user.id, at: now, on: database), person.isVerified else {
            throw Problem(.emailUnverified, "Prove your address before you pay")
        }
        let currency = new.billing.currency
        guard let price = try await PlanPrice.find(new.plan, new.cycle, in: currency, on: database) else {
            throw Problem.invalid("planId", .invalid, "is not offered \(new.cycle.rawValue) for \(currency)")
        }
        let provider = try providers.choose(new.provider, for: currency)
        let made = try await durable.transaction { transaction -> PaymentOrder? in
            let credits = try await upgradeCredits(for: new.plan, new.cycle, in: currency, of: user.id, on: transaction)
            let order = PaymentOrder(new, at: price, less: credits, by: user.id, provider.name, now, patience)
            guard try await order.insert(price: price.id, new, on: transaction) else { return nil }
            try await GrantCredit.keep(credits, for: order.id, on: transaction)
            try await transaction.enqueue(ExpireOrder(order: order.id), JobOptions(runAt: order.expiresAt))
            return order
        }
        guard let made else {
            guard let found = try await found(new, by: user) else { throw Problem(.conflict) }
            return (found, false)
        }
        meters.orders.add()
        return (try await open(made, at: provider), true)
    }

    private var patience: Duration { config.patience }

    private func found(_ new: NewOrder, by user: SignedInUser) async throws -> PaymentOrder? {
        guard let key = new.clientKey,
            let found = try await PaymentOrder.find(clientKey: key, of: user.id, on: database)
        else { return nil }
        guard found.digest == new.digest else {
            throw Problem(.idempotencyKeyReused, "Another order was made under this key")
        }
        return try await PaymentOrder.find(found.order, on: database)
    }

    /// While the person waits. Where the provider does not answer in time, a worker goes on.
    private func open(_ order: PaymentOrder, at provider: any PaymentProvider) async throws -> PaymentOrder {
        do throws(ProviderError) {
            let opened = try await provider.open(order)
            return try await noted(opened, of: order)
        } catch .refused(let reason) {
            log.error(
                "a provider refuses an order",
                ["provider": .string(order.provider.rawValue), "reason": .string(reason)])
            try await durable.transaction { try await order.set(.failed, at: now, on: $0) }
            throw Problem(.unavailable, "The provider does not take this order; choose another one")
        } catch {
            log.warning("an order is not opened yet", ["order.id": .id(order.id), "error": .error(error)])
            try await durable.enqueue(OpenOrder(order: order.id), JobOptions(runAt: now + .seconds(2)))
            return order
        }
    }

    private func noted(_ opened: OpenedOrder, of order: PaymentOrder) async throws(ProviderError) -> PaymentOrder {
        do { return try await note(opened, of: order) } catch { throw .unknown("\(error)") }
    }

    private func note(_ opened: OpenedOrder, of order: PaymentOrder) async throws -> PaymentOrder {
        guard let noted = try await PaymentOrder.note(opened, of: order.id, at: now, on: database) else {
            throw JobOutcome.discard("the order is gone")
        }
        if providers[order.provider]?.capabilities.contains(.polled) == true {
            try await durable.enqueue(
                PollOrder(order: order.id, round: 0), JobOptions(runAt: now + PollOrder.wait(before: 0)))
        }
        return noted
    }

    /// A first try may have come through: it is looked for before there is a second.
    package func open(_ job: OpenOrder) async throws {
        guard let order = try await PaymentOrder.find(job.order, on: database), order.providerOrderID == nil else {
            throw JobOutcome.discard("there is nothing left to open")
        }
        guard order.expiresAt > now, let provider = providers[order.provider] else {
            throw JobOutcome.discard("nobody can pay it any more")
        }
        let opened = try await provider.asked { provider async throws(ProviderError) in
            if let found = try await provider.find(order) { return found }
            return try await provider.open(order)
        }
        _ = try await note(opened, of: order)
        await tell(order.id)
    }
}

extension PaymentOrder {
    fileprivate init(
        _ new: NewOrder, at price: PlanPrice, less credits: [GrantCredit], by user: ID<User>,
        _ provider: ProviderName, _ now: Timestamp, _ patience: Duration
    ) {
        let credit = min(credits.reduce(0) { $0 + $1.amount }, max(price.amount - Self.least, 0))
        self.init(
            id: .new(), user: user, reference: Self.newReference(), plan: new.plan, cycle: new.cycle,
            amount: price.amount - credit, credited: credit, currency: price.currency, provider: provider,
            providerOrderID: nil, paymentURL: nil, upiPayload: nil, status: .pending, billing: new.billing,
            createdAt: now, expiresAt: now + patience, paidAt: nil)
    }

    /// Providers take no less.
    private static let least: Int64 = 100
}

extension PaymentProvider {
    /// For jobs: what cannot be helped ends them, all else is tried again.
    func asked<Value>(
        _ body: (any PaymentProvider) async throws(ProviderError) -> Value
    ) async throws -> Value {
        do throws(ProviderError) { return try await body(self) } catch {
            switch error {
            case .refused(let reason): throw JobOutcome.fail("\(name.rawValue) refuses: \(reason)")
            case .busy(let reason, let delay?): throw JobOutcome.retryAfter(delay, "\(name.rawValue): \(reason)")
            default: throw error
            }
        }
    }
}
