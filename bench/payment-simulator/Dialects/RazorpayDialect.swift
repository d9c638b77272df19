import Crypto
import HTTP
import JSON
import Runtime

struct RazorpayDialect: Dialect {
    let name = "razorpay"
    private static let secret = "simulator-webhook-secret"
    private static let keys = "Basic " + Base64.encode("rzp_test_simulator:simulator-key-secret")

    func paymentID(_ number: String) -> String { "pay_" + number }

    func answer(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        let path = call.path.dropFirst()
        guard call.headers["Authorization"] == Self.keys else { return .stranger }
        switch (call.method, path.count, path.first) {
        case (.post, 1, "orders"): return open(call.json, &till)
        case (.get, 1, "orders"):
            let found = till.order(reference: String(call.query["receipt"] ?? ""))
            return list(found.map { [order($0, till)] } ?? [])
        case (.get, 3, "orders"):
            guard let order = till.orders[path[path.startIndex + 1]] else { return .absent }
            return list(till.payments(of: order).map { payment($0, till) })
        case (.get, 1, "payments"): return payments(call, till)
        case (.post, 3, "payments"): return refund(path[path.startIndex + 1], call, &till)
        case (.get, 3, "payments"):
            guard let paid = till.payments[path[path.startIndex + 1]] else { return .absent }
            return list(paid.refunds.map(refund))
        default: return .absent
        }
    }

    private func open(_ asked: JSONValue, _ till: inout Till) -> SimulatedAnswer {
        guard let amount = asked["amount"]?.integer, amount >= 100, let currency = asked["currency"]?.string,
            let receipt = asked["receipt"]?.string, receipt.utf8.count <= 40
        else { return .refused }
        let made = till.open(
            SimulatedOrder(
                provider: name, id: "order_" + till.number(), reference: receipt, amount: Int64(amount),
                currency: currency, createdAt: .now))
        return .ok(order(made, till))
    }

    private func payments(_ call: SimulatedCall, _ till: Till) -> SimulatedAnswer {
        let from = call.query["from"].flatMap { Int64($0) } ?? 0, to = call.query["to"].flatMap { Int64($0) } ?? .max
        let limit = min(call.query["count"].flatMap { Int($0) } ?? 10, 100)
        let skip = call.query["skip"].flatMap { Int($0) } ?? 0
        return list(till.list(from..<max(to, from), skip: skip, limit: limit).map { payment($0, till) })
    }

    private func refund(_ id: String, _ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        let reference = call.headers["X-Refund-Idempotency"] ?? ""
        switch till.refund(id, call.json["amount"]?.wholeNumber, reference: reference) {
        case .made(let made), .known(let made): return .ok(refund(made))
        case .refused: return .refused
        }
    }

    // MARK: Things

    private func list(_ items: [JSONValue]) -> SimulatedAnswer {
        .ok(["entity": "collection", "count": .number(items.count), "items": .array(items)])
    }

    private func order(_ order: SimulatedOrder, _ till: Till) -> JSONValue {
        let isPaid = till.payments(of: order).contains { $0.state == .captured }
        return [
            "id": .string(order.id), "entity": "order", "amount": .number(order.amount),
            "receipt": .string(order.reference),
            "currency": .string(order.currency), "status": isPaid ? "paid" : "created", "notes": [],
        ]
    }

    private func payment(_ payment: SimulatedPayment, _ till: Till? = nil) -> JSONValue {
        let isGone = payment.refunds.reduce(0) { $0 + $1.amount } >= payment.amount
        let status = payment.state == .pending ? "created" : payment.state.rawValue
        return [
            "id": .string(payment.id), "entity": "payment", "amount": .number(payment.amount),
            "currency": .string(payment.currency), "order_id": .string(payment.order), "notes": [], "method": "upi",
            "status": .string(payment.state == .captured && isGone ? "refunded" : status),
            "acquirer_data": ["rrn": .string(String(payment.id.suffix(12)))],
            "created_at": .number(payment.createdAt.seconds),
        ]
    }

    private func refund(_ refund: SimulatedRefund) -> JSONValue {
        [
            "id": .string(refund.id), "entity": "refund", "payment_id": .string(refund.payment), "currency": "INR",
            "amount": .number(refund.amount), "receipt": .string(refund.reference),
            "status": refund.state == "succeeded" ? "processed" : .string(refund.state),
        ]
    }

    // MARK: Webhooks

    func webhooks(_ event: SimulatedEvent) -> [SimulatedWebhook] {
        switch event {
        case .payment(let paid, let order):
            let state = paid.state == .pending ? "created" : paid.state.rawValue
            var all = [webhook("payment.\(state)", ["payment": ["entity": payment(paid)]])]
            if paid.state == .captured {
                all.append(
                    webhook(
                        "order.paid",
                        [
                            "payment": ["entity": payment(paid)],
                            "order": [
                                "entity": [
                                    "id": .string(order.id), "receipt": .string(order.reference), "status": "paid",
                                    "amount": .number(order.amount),
                                ]
                            ],
                        ]))
            }
            return all
        case .refund(let made, let paid, _):
            return [
                webhook("refund.processed", ["refund": ["entity": refund(made)], "payment": ["entity": payment(paid)]])
            ]
        case .dispute(let paid):
            let state = paid.dispute ?? "open"
            let dispute: JSONValue = [
                "id": .string("disp_\(paid.id)"), "payment_id": .string(paid.id), "status": .string(state),
                "amount": .number(paid.amount),
            ]
            return [webhook("payment.dispute.\(state)", ["dispute": ["entity": dispute]])]
        }
    }

    private func webhook(_ type: String, _ payload: JSONValue) -> SimulatedWebhook {
        let event: JSONValue = [
            "entity": "event", "event": .string(type), "payload": payload, "created_at": .number(Timestamp.now.seconds),
        ]
        let body = (try? JSONCoder.encode(event)) ?? []
        return SimulatedWebhook(
            headers: [
                "Content-Type": "application/json", "X-Razorpay-Event-Id": "\(UUID.v7())",
                "X-Razorpay-Signature": Hex.encode(HMAC.authenticate(body, with: .sha256, key: Self.secret)),
            ], body: body)
    }
}

extension JSONValue {
    /// A number, or a text that is one.
    var wholeNumber: Int64? { number?.integer() ?? string.flatMap { Int64($0) } }
}
