import Postgres
import Queue
import Runtime

/// How somebody stands who has paid for a plan, locked.
struct MemberPlace: Sendable {
    let order: PaymentOrder
    let subscription: Subscription
    let grants: [Grant]
    let rank: Int

    /// Whether nothing can be added to what the person has.
    var isForGood: Bool { grants.contains { $0.endsAt == nil && $0.rank >= rank } }
}

extension Payments {
    func place(of order: PaymentOrder, on sql: some SQLRunner) async throws -> MemberPlace {
        let subscription = try await Subscription.lock(of: order.user, at: now, on: sql)
        return MemberPlace(
            order: order, subscription: subscription, grants: try await Grant.all(of: order.user, at: now, on: sql),
            rank: try await sql.one("select rank from plans where id = \(order.plan)"))
    }

    /// What a payment gives. The same plan is extended; a better one begins now, and takes the place of what its price has
    /// taken into account; a lesser one begins when the better one has ended.
    func grant(_ place: MemberPlace, for payment: Payment, on transaction: JobTransaction) async throws {
        let (now, order) = (now, place.order)
        let preceding = place.grants.filter { $0.plan == order.plan || $0.rank > place.rank }.compactMap(\.endsAt)
        let start = order.cycle == .lifetime ? now : max(preceding.max() ?? now, now)
        let id = ID<Grant>.new()
        let isNew = try await Grant.insert(
            id, of: order.user, plan: order.plan, order.cycle.granted, for: payment.id, start,
            order.cycle.end(after: start), at: now, on: transaction)
        guard isNew else { return }
        if order.credited > 0 { try await Grant.supersede(creditedFor: order.id, by: id, on: transaction) }
        // Who pays wants to stay.
        try await refresh(place.subscription, cancelsAtEnd: false, of: order.user, on: transaction)
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
