import Crypto
import HTTP
import JSON
import Runtime

struct StripeDialect: Dialect {
    let name = "stripe"

    func paymentID(_ number: String) -> String { "pi_" + number }

    func answer(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        let path = Array(call.path.dropFirst())
        guard call.headers["Authorization"] == "Bearer sk_test_simulator" else { return .stranger }
        switch (call.method, path.first) {
        case (.post, "checkout") where path.count == 2: return open(call, &till)
        case (.get, "checkout") where path.count == 3:
            guard let order = till.orders[path[2]] else { return .absent }
            return .ok(session(order, till, call))
        case (.post, "checkout") where path.count == 4:
            guard let order = till.orders[path[2]] else { return .absent }
            return till.close(order.id) ? .ok(session(order, till, call)) : .refused
        case (.get, "payment_intents"): return list(call, till)
        case (.post, "refunds"): return refund(call.form, &till)
        case (.get, "refunds"):
            let paid = till.payments[String(call.query["payment_intent"] ?? "")]
            return .ok(["data": .array(paid.map { paid in paid.refunds.map { refund($0, paid.currency) } } ?? [])])
        default: return .absent
        }
    }

    private func open(_ call: SimulatedCall, _ till: inout Till) -> SimulatedAnswer {
        let form = call.form
        guard let reference = form["client_reference_id"].map(String.init),
            let amount = form["line_items[0][price_data][unit_amount]"].flatMap({ Int64($0) }),
            let currency = form["line_items[0][price_data][currency]"].map(String.init)
        else { return .refused }
        let made = till.open(
            SimulatedOrder(
                provider: name, id: "cs_test_" + till.number(), reference: reference, amount: amount,
                currency: currency.uppercased(), createdAt: .now))
        return .ok(session(made, till, call))
    }

    private func list(_ call: SimulatedCall, _ till: Till) -> SimulatedAnswer {
        let from = call.query["created[gte]"].flatMap { Int64($0) } ?? 0
        let to = call.query["created[lt]"].flatMap { Int64($0) } ?? .max
        let after = call.query["starting_after"].map(String.init)
        let skip = after.flatMap { after in
            till.list(from..<max(to, from), skip: 0, limit: .max).firstIndex { $0.id == after }
        }
        let found = till.list(from..<max(to, from), skip: skip.map { $0 + 1 } ?? 0, limit: 101)
        return .ok([
            "data": .array(found.prefix(100).map { intent($0, till.orders[$0.order]) }),
            "has_more": .bool(found.count > 100),
        ])
    }

    private func refund(_ form: QueryParameters, _ till: inout Till) -> SimulatedAnswer {
        let payment = form["payment_intent"].map(String.init) ?? ""
        let reference = form["metadata[reference]"].map(String.init) ?? ""
        switch till.refund(payment, form["amount"].flatMap { Int64($0) }, reference: reference) {
        case .made(let made), .known(let made): return .ok(refund(made, till.payments[payment]?.currency ?? "USD"))
        case .refused: return .refused
        }
    }

    // MARK: Things

    private func session(_ order: SimulatedOrder, _ till: Till, _ call: SimulatedCall) -> JSONValue {
        let paid = till.payments(of: order)
        let best = paid.first { $0.state == .captured } ?? paid.last
        return [
            "id": .string(order.id), "object": "checkout.session", "client_reference_id": .string(order.reference),
            "url": .string(call.page(for: order.reference)), "amount_total": .number(order.amount),
            "status": order.isClosed ? "expired" : best?.state == .captured ? "complete" : "open",
            "payment_status": best?.state == .captured ? "paid" : "unpaid",
            "payment_intent": best.map { intent($0, order) } ?? .null,
        ]
    }

    private func intent(_ payment: SimulatedPayment, _ order: SimulatedOrder?) -> JSONValue {
        let status =
            switch payment.state {
            case .captured: "succeeded"
            case .failed: "requires_payment_method"
            case .authorized: "requires_capture"
            case .pending: "processing"
            }
        var intent: [String: JSONValue] = [
            "id": .string(payment.id), "object": "payment_intent", "amount": .number(payment.amount),
            "amount_received": .number(payment.state == .captured ? payment.amount : 0), "status": .string(status),
            "currency": .string(payment.currency.lowercased()), "created": .number(payment.createdAt.seconds),
            "metadata": ["reference": .string(order?.reference ?? "")],
        ]
        if payment.state == .failed { intent["last_payment_error"] = ["message": "Your card was declined."] }
        return .object(intent)
    }

    private func refund(_ refund: SimulatedRefund, _ currency: String) -> JSONValue {
        [
            "id": .string(refund.id), "object": "refund", "payment_intent": .string(refund.payment),
            "amount": .number(refund.amount), "currency": .string(currency.lowercased()),
            "status": .string(refund.state), "metadata": ["reference": .string(refund.reference)],
        ]
    }

    // MARK: Webhooks

    func webhooks(_ event: SimulatedEvent) -> [SimulatedWebhook] {
        switch event {
        case .payment(let paid, let order):
            let type =
                switch paid.state {
                case .captured: "payment_intent.succeeded"
                case .failed: "payment_intent.payment_failed"
                case .authorized: "payment_intent.amount_capturable_updated"
                case .pending: "payment_intent.processing"
                }
            return [webhook(type, intent(paid, order))]
        case .refund(let made, let paid, _): return [webhook("refund.updated", refund(made, paid.currency))]
        case .dispute(let paid):
            return [
                webhook(
                    paid.dispute == "open" ? "charge.dispute.created" : "charge.dispute.closed",
                    [
                        "id": .string("dp_\(paid.id)"), "object": "dispute", "payment_intent": .string(paid.id),
                        "status": .string(paid.dispute ?? "needs_response"),
                    ])
            ]
        }
    }

    private func webhook(_ type: String, _ object: JSONValue) -> SimulatedWebhook {
        let event: JSONValue = [
            "id": .string("evt_\(UUID.v7())"), "object": "event", "type": .string(type), "data": ["object": object],
            "created": .number(Timestamp.now.seconds),
        ]
        let body = (try? JSONCoder.encode(event)) ?? []
        let time = "\(Timestamp.now.seconds)"
        let code = HMAC.authenticate(Array("\(time).".utf8) + body, with: .sha256, key: "whsec_simulator")
        return SimulatedWebhook(
            headers: ["Content-Type": "application/json", "Stripe-Signature": "t=\(time),v1=\(Hex.encode(code))"],
            body: body)
    }
}
