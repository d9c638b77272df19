import HTTP
import JSON
import Runtime

extension PlanCycle: SchemaBearing {}
extension ProviderName: SchemaBearing {}
extension PaymentOrder.Status: SchemaBearing {}

/// An order as the person who pays sees it.
package struct ShownOrder: Sendable {
    package let order: PaymentOrder
    let places: Places

    package init(_ order: PaymentOrder, _ places: Places) {
        self.order = order
        self.places = places
    }

    /// Whether somebody could pay it now.
    private var isOpen: Bool { order.status == .pending || order.status == .failed }

    fileprivate var qr: String? {
        order.upiPayload.flatMap { _ in isOpen ? places.route("/payments/qr/\(order.reference).png") : nil }
    }
    fileprivate var upi: String? { isOpen ? order.upiPayload : nil }
    fileprivate var url: String? { isOpen ? order.paymentURL : nil }
}

extension ShownOrder: Representable {
    package static let representation = Representation<ShownOrder>(
        "PaymentOrder", "What somebody wants to pay for.",
        [
            .member("id") { $0.order.id },
            .member("transactionRef", "What the provider and the bank call it by.") { $0.order.reference },
            .member("planId") { $0.order.plan },
            .member("cycle") { $0.order.cycle },
            .member("amount", "In minor units, tax included.") { $0.order.amount },
            .member("currency") { $0.order.currency },
            .member("creditedAmount", "Taken off for the rest of a lesser plan.") { $0.order.credited },
            .member("provider") { $0.order.provider },
            .member("status", "A failed or expired order may still become paid.") { $0.order.status },
            .member("upiPayload", "For an app on the same telephone.") { $0.upi },
            .member("qrImageUrl", "The same as a picture; with `.svg` in place of `.png` as a drawing.") { $0.qr },
            .member("paymentUrl", "Where to send the person.") { $0.url },
            .member("createdAt") { $0.order.createdAt },
            .member("expiresAt") { $0.order.expiresAt },
            .member("paidAt") { $0.order.paidAt },
        ])
}
