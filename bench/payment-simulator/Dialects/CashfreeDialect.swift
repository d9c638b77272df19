import Crypto
import HTTP
import JSON
import Model
import Runtime

struct CashfreeDialect: Dialect {
    let name = "cashfree"
    private static let secret = "simulator-secret-key"

    func paymentID(_ number: String) -> String { "5" + number }

    func answer(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        let path = Array(call.path.dropFirst())
        guard call.headers["x-client-secret"] == Self.secret, path.first == "orders" else { return .stranger }
        if path.count == 1, call.method == .post { return open(call.json, &till) }
        guard path.count > 1, let order = till.order(reference: path[1]) else { return .absent }
        switch (call.method, path.count) {
        case (.get, 2): return .ok(self.order(order))
        case (.patch, 2): return till.close(order.id) ? .ok(self.order(order)) : .refused
        case (.get, 3) where path[2] == "payments":
            return .ok(.array(till.payments(of: order).map { payment($0, order) }))
        case (.post, 3): return refund(call.json, order, &till)
        case (.get, 4): return till.refund(reference: path[3]).map { .ok(refund($0)) } ?? .absent
        default: return .absent
        }
    }

    private func open(_ asked: JSONValue, _ till: inout Till) -> SimulatedAnswer {
        guard let id = asked["order_id"]?.string,
            let amount = asked["order_amount"]?.number.flatMap({ Money.minor($0.text) })
        else { return .refused }
        if till.order(reference: id) != nil { return SimulatedAnswer(status: 409, body: ["message": "it exists"]) }
        let made = till.open(
            SimulatedOrder(
                provider: name, id: till.number(), reference: id, amount: amount, currency: "INR", createdAt: .now))
        return .ok(order(made))
    }

    private func refund(_ asked: JSONValue, _ order: SimulatedOrder, _ till: inout Till) -> SimulatedAnswer {
        let paid = till.payments(of: order).first { $0.state == .captured }
        let amount = asked["refund_amount"]?.number.flatMap { Money.minor($0.text) }
        switch till.refund(paid?.id ?? "", amount, reference: asked["refund_id"]?.string ?? "") {
        case .made(let made), .known(let made): return .ok(refund(made))
        case .refused: return .refused
        }
    }

    private func order(_ order: SimulatedOrder) -> JSONValue {
        [
            "cf_order_id": .string(order.id), "order_id": .string(order.reference),
            "payment_session_id": .string("session_\(order.id)"),
            "order_status": order.isClosed ? "TERMINATED" : "ACTIVE", "order_amount": Self.rupees(order.amount),
        ]
    }

    private func payment(_ payment: SimulatedPayment, _ order: SimulatedOrder) -> JSONValue {
        let status =
            switch payment.state {
            case .captured: "SUCCESS"
            case .failed: "FAILED"
            case .pending, .authorized: "PENDING"
            }
        return [
            "cf_payment_id": .string(payment.id), "payment_status": .string(status),
            "payment_currency": .string(payment.currency),
            "payment_amount": Self.rupees(payment.amount), "order_amount": Self.rupees(order.amount),
            "payment_group": "upi", "bank_reference": .string(String(payment.id.suffix(12))),
        ]
    }

    private func refund(_ refund: SimulatedRefund) -> JSONValue {
        [
            "cf_refund_id": .string(refund.id), "refund_id": .string(refund.reference),
            "cf_payment_id": .string(refund.payment), "refund_amount": Self.rupees(refund.amount),
            "refund_currency": "INR", "refund_status": "SUCCESS",
        ]
    }

    private static func rupees(_ amount: Int64) -> JSONValue {
        JSONNumber(Money.decimal(amount)).map { .number($0) } ?? .null
    }

    func webhooks(_ event: SimulatedEvent) -> [SimulatedWebhook] {
        switch event {
        case .payment(let paid, let order):
            let type = paid.state == .failed ? "PAYMENT_FAILED_WEBHOOK" : "PAYMENT_SUCCESS_WEBHOOK"
            guard paid.state == .failed || paid.state == .captured else { return [] }
            return [
                webhook(
                    type,
                    [
                        "order": ["order_id": .string(order.reference), "order_amount": Self.rupees(order.amount)],
                        "payment": payment(paid, order),
                    ])
            ]
        case .refund(let made, _, let order):
            var refund = refund(made)
            if case .object(var members) = refund, let order {
                members["order_id"] = .string(order.reference)
                refund = .object(members)
            }
            return [webhook("REFUND_STATUS_WEBHOOK", ["refund": refund])]
        case .dispute: return []
        }
    }

    private func webhook(_ type: String, _ content: JSONValue) -> SimulatedWebhook {
        let event: JSONValue = ["type": .string(type), "event_time": .string(Timestamp.now.rfc3339), "data": content]
        let body = (try? JSONCoder.encode(event)) ?? []
        let time = "\(Timestamp.now.milliseconds)"
        let code = HMAC.authenticate(Array(time.utf8) + body, with: .sha256, key: Self.secret)
        return SimulatedWebhook(
            headers: [
                "Content-Type": "application/json", "x-webhook-timestamp": time,
                "x-webhook-signature": Base64.encode(code), "x-webhook-version": "2023-08-01",
            ], body: body)
    }
}
