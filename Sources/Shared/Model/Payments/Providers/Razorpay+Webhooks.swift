import Crypto
import JSON
import Runtime

extension Razorpay {
    /// The header with the event's id is not signed, so what is told of a thing in a state is the key.
    package func check(_ webhook: IncomingWebhook) throws(WebhookRefusal) -> WebhookNote {
        guard let signature = webhook.headers["x-razorpay-signature"], !account.webhookSecrets.isEmpty else {
            throw .forged("no signature")
        }
        let isGenuine = account.webhookSecrets.contains { secret in
            guard !secret.exposed.isEmpty else { return false }
            return constantTimeEqual(
                Hex.encode(HMAC.authenticate(webhook.body, with: .sha256, key: secret.exposed)), signature)
        }
        guard isGenuine else { throw .forged("the signature is another") }
        guard let event = try? JSONCoder.decode(JSONValue.self, from: webhook.body), let type = event["event"]?.filled,
            let payload = event["payload"]
        else { throw .malformed("no event") }
        let things = ["refund", "dispute", "payment", "order", "qr_code", "payment_link", "subscription", "invoice"]
        for thing in things {
            guard let entity = payload[thing]?["entity"], let id = entity["id"]?.filled else { continue }
            let state = entity["status"]?.string ?? ""
            return WebhookNote(key: "\(type):\(id):\(state):\(entity["amount"]?.wholeNumber ?? 0)", type: type)
        }
        let created = event["created_at"]?.wholeNumber ?? 0
        return WebhookNote(key: "\(type):\(created):\(Hex.encode(Hash.sha256(webhook.body)))", type: type)
    }

    package func read(_ body: [UInt8]) throws(WebhookRefusal) -> WebhookContent {
        guard let event = try? JSONCoder.decode(JSONValue.self, from: body), let payload = event["payload"] else {
            throw .malformed("no event")
        }
        let payment = payload["payment"]?["entity"]
        let order = payload["order"]?["entity"]
        var report = ProviderReport(
            reference: order?["receipt"]?.filled ?? payment?["notes"]?["reference"]?.filled,
            orderID: order?["id"]?.filled ?? payment?["order_id"]?.filled)
        if let payment { Self.add(payment, to: &report) }
        if let refund = payload["refund"]?["entity"].flatMap(Self.refund) { report.refunds.append(refund) }
        if let dispute = payload["dispute"]?["entity"].flatMap(Self.dispute) { report.disputes.append(dispute) }
        let isSomething = !report.payments.isEmpty || !report.refunds.isEmpty || !report.disputes.isEmpty
        return WebhookContent(isSomething ? [report] : [])
    }

    // MARK: What its words mean

    /// A payment that was refunded was captured before.
    static func add(_ item: JSONValue, to report: inout ProviderReport) {
        guard let id = item["id"]?.filled, let amount = item["amount"]?.wholeNumber,
            let currency = item["currency"]?.filled, let status = item["status"]?.string
        else { return }
        let state: PaymentFact.State
        switch status {
        case "captured", "refunded": state = .captured
        case "authorized": state = .authorized
        case "failed": state = .failed
        default: state = .pending
        }
        let failure = state == .failed ? item["error_description"]?.filled ?? item["error_code"]?.filled : nil
        report.payments.append(
            PaymentFact(
                id, state, amount: amount, currency: currency, method: item["method"]?.filled,
                bankReference: item["acquirer_data"]?["rrn"]?.filled, failure: failure))
    }

    static func refund(_ item: JSONValue) -> RefundFact? {
        guard let id = item["id"]?.filled, let payment = item["payment_id"]?.filled,
            let amount = item["amount"]?.wholeNumber
        else { return nil }
        let state: RefundFact.State =
            switch item["status"]?.string {
            case "processed": .succeeded
            case "failed": .failed
            default: .submitted
            }
        return RefundFact(
            id, reference: item["receipt"]?.filled, of: payment, state, amount: amount,
            currency: item["currency"]?.filled ?? "INR")
    }

    static func dispute(_ item: JSONValue) -> DisputeFact? {
        guard let id = item["id"]?.filled, let payment = item["payment_id"]?.filled else { return nil }
        let state: DisputeFact.State =
            switch item["status"]?.string {
            case "lost": .lost
            case "won", "closed": .won
            default: .open
            }
        return DisputeFact(id, of: payment, state)
    }
}
