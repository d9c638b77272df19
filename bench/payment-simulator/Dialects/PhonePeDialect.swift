import Crypto
import HTTP
import JSON
import Runtime

struct PhonePeDialect: Dialect {
    let name = "phonepe"

    func paymentID(_ number: String) -> String { "OM" + number }

    func answer(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        let path = call.path
        if path.suffix(2) == ["oauth", "token"] {
            return .ok([
                "access_token": "simulator-token", "token_type": "O-Bearer",
                "expires_at": .number((Timestamp.now + .hours(1)).seconds),
            ])
        }
        guard call.headers["Authorization"] == "O-Bearer simulator-token" else { return .stranger }
        switch (call.method, path.count) {
        case (.post, 3) where path == ["checkout", "v2", "pay"]: return open(call, &till)
        case (.get, 5) where path.last == "status" && path[2] == "order":
            guard let order = till.order(reference: path[3]) else { return .refused }
            return .ok(status(order, till))
        case (.post, 3) where path == ["payments", "v2", "refund"]: return refund(call.json, &till)
        case (.get, 5) where path[2] == "refund":
            return till.refund(reference: path[3]).map { .ok(refund($0)) } ?? .absent
        default: return .absent
        }
    }

    private func open(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        guard let id = call.json["merchantOrderId"]?.string, let amount = call.json["amount"]?.wholeNumber,
            let seconds = call.json["expireAfter"]?.integer, seconds >= 300
        else { return .refused }
        let made = till.open(
            SimulatedOrder(
                provider: name, id: "OMO" + till.number(), reference: id, amount: amount, currency: "INR",
                createdAt: .now))
        return .ok([
            "orderId": .string(made.id), "state": "PENDING", "redirectUrl": .string(call.page(for: id)),
            "expireAt": .number((made.createdAt + .seconds(seconds)).milliseconds),
        ])
    }

    private func refund(_ asked: JSONValue, _ till: inout Till) -> SimulatedAnswer {
        let order = asked["originalMerchantOrderId"]?.string.flatMap { till.order(reference: $0) }
        let paid = order.flatMap { order in till.payments(of: order).first { $0.state == .captured } }
        let reference = asked["merchantRefundId"]?.string ?? ""
        switch till.refund(paid?.id ?? "", asked["amount"]?.wholeNumber, reference: reference) {
        case .made(let made), .known(let made): return .ok(refund(made))
        case .refused: return .refused
        }
    }

    private func refund(_ refund: SimulatedRefund) -> JSONValue {
        ["refundId": .string(refund.id), "amount": .number(refund.amount), "state": "COMPLETED"]
    }

    private func status(_ order: SimulatedOrder, _ till: Till) -> JSONValue {
        let paid = till.payments(of: order)
        let isPaid = paid.contains { $0.state == .captured }
        let details: [JSONValue] = paid.map { payment in
            [
                "transactionId": .string(payment.id), "amount": .number(payment.amount), "paymentMode": "UPI_QR",
                "state": .string(Self.word(payment.state)),
                "rail": ["type": "UPI", "utr": .string(String(payment.id.suffix(12)))],
            ]
        }
        return [
            "orderId": .string(order.id), "merchantOrderId": .string(order.reference), "amount": .number(order.amount),
            "state": isPaid ? "COMPLETED" : "PENDING", "paymentDetails": .array(details),
        ]
    }

    private static func word(_ state: SimulatedPayment.State) -> String {
        switch state {
        case .captured: "COMPLETED"
        case .failed: "FAILED"
        case .pending, .authorized: "PENDING"
        }
    }

    func webhooks(_ event: SimulatedEvent) -> [SimulatedWebhook] {
        switch event {
        case .payment(let paid, let order):
            guard paid.state == .captured || paid.state == .failed else { return [] }
            let type = paid.state == .captured ? "checkout.order.completed" : "checkout.order.failed"
            return [
                webhook(type, ["merchantOrderId": .string(order.reference), "state": .string(Self.word(paid.state))])
            ]
        case .refund(let made, _, let order):
            return [
                webhook(
                    "pg.refund.completed",
                    [
                        "originalMerchantOrderId": .string(order?.reference ?? ""), "state": "COMPLETED",
                        "merchantRefundId": .string(made.reference),
                    ])
            ]
        case .dispute: return []
        }
    }

    private func webhook(_ type: String, _ payload: JSONValue) -> SimulatedWebhook {
        let body = (try? JSONCoder.encode(["event": .string(type), "payload": payload] as JSONValue)) ?? []
        return SimulatedWebhook(
            headers: [
                "Content-Type": "application/json",
                "Authorization": Hex.encode(Hash.sha256("simulator:password")),
            ], body: body)
    }
}
