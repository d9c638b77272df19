import Postgres
import Queue
import Runtime

extension Payments {
    /// Whether nothing can be added to what the person has.
    func hasForGood(_ order: PaymentOrder, on sql: some SQLRunner) async throws -> Bool {
        let grants = try await Grant.all(of: order.user, at: now, on: sql)
        let rank: Int = try await sql.one("select rank from plans where id = \(order.plan)")
        return grants.contains { $0.endsAt == nil && $0.rank >= rank }
    }

    /// What a payment gives. The same plan is extended; a better one begins now, and takes the place of what its price has
    /// taken into account; a lesser one begins when the better one has ended. The person's row is locked.
    func grant(
        _ order: PaymentOrder, for payment: Payment, _ before: Subscription, on transaction: JobTransaction
    ) async throws {
        let now = now
        let grants = try await Grant.all(of: order.user, at: now, on: transaction)
        let rank: Int = try await transaction.one("select rank from plans where id = \(order.plan)")
        let preceding = grants.filter { $0.plan == order.plan || $0.rank > rank }.compactMap(\.endsAt)
        let start = order.cycle == .lifetime ? now : max(preceding.max() ?? now, now)
        let id = ID<Grant>.new()
        let isNew = try await Grant.insert(
            id, of: order.user, plan: order.plan, order.cycle.granted, for: payment.id, start,
            order.cycle.end(after: start), at: now, on: transaction)
        guard isNew else { return }
        if order.credited > 0 { try await Grant.supersede(creditedFor: order.id, by: id, on: transaction) }
        // Who pays wants to stay.
        try await refresh(before, cancelsAtEnd: false, of: order.user, on: transaction)
    }

    /// Ends what a payment gave.
    func revoke(
        _ payment: Payment, for reason: Grant.Revocation, of user: ID<User>, on transaction: JobTransaction
    ) async throws {
        let before = try await Subscription.lock(of: user, at: now, on: transaction)
        guard try await Grant.revoke(of: payment.id, for: reason, at: now, on: transaction) else { return }
        try await refresh(before, cancelsAtEnd: before.cancelsAtEnd, of: user, on: transaction)
    }
}

extension PlanCycle {
    fileprivate var granted: Grant.Cycle {
        switch self {
        case .monthly: .monthly
        case .yearly: .yearly
        case .lifetime: .lifetime
        }
    }
}
