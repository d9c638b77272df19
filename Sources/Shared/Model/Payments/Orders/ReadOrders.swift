import Postgres
import Runtime

/// How an order stands, and the payment that says most about it.
package struct OrderStanding: Sendable {
    package let order: PaymentOrder
    package let payment: Payment?
}

extension Payments {
    /// Others' orders are not there.
    package func order(_ id: ID<PaymentOrder>, for user: SignedInUser) async throws -> ShownOrder {
        guard let order = try await PaymentOrder.find(id, of: user.id, on: database) else { throw Self.unknownOrder }
        return ShownOrder(order, config.places)
    }

    package func orders(
        of user: SignedInUser, before: ID<PaymentOrder>?, limit: Int
    ) async throws -> [ShownOrder] {
        let orders = try await PaymentOrder.all(of: user.id, before: before, limit: limit, on: database)
        return orders.map { ShownOrder($0, config.places) }
    }

    package func standing(of reference: String, for user: SignedInUser) async throws -> OrderStanding {
        guard let order = try await PaymentOrder.find(nil, reference: reference, of: user.id, on: database) else {
            throw Self.unknownOrder
        }
        let payments = try await Payment.all(of: order.id, on: database)
        return OrderStanding(
            order: order, payment: payments.first { $0.standing == .accepted } ?? payments.first)
    }

    /// What a QR code of an order says, as long as it can be paid. Whoever knows the reference may pay it.
    package func upiPayload(of reference: String) async throws -> String {
        let payload: String? = try await database.first(
            """
            select upi_payload from payment_orders
            where reference = \(reference) and upi_payload is not null and status in ('pending', 'failed')
            """)
        guard let payload else { throw Self.unknownOrder }
        return payload
    }

    package func checkout(of reference: String) async throws -> Checkout {
        guard let checkout = try await PaymentOrder.checkout(reference, on: database) else { throw Self.unknownOrder }
        return checkout
    }

    package func churn(_ window: Range<Timestamp>) async throws -> Churn {
        try await Churn.find(window, grace: config.grace, at: now, on: database)
    }

    package static var unknownOrder: Problem { Problem(.notFound, "There is no such order.") }
}
