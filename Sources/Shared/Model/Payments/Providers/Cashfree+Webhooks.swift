import Crypto
import JSON
import Runtime

extension Cashfree {
    private static let tolerance = Duration.minutes(10)

    /// The time and the body are signed together. The id of a delivery is not, so what is told of a payment in a state is
    /// the key.
    package func check(_ webhook: IncomingWebhook) throws(WebhookRefusal) -> WebhookNote {
        guard let signature = webhook.headers["x-webhook-signature"], let time = webhook.headers["x-webhook-timestamp"]
        else { throw .forged("no signature") }
        let signed = Array(time.utf8) + webhook.body
        let isGenuine = account.webhookSecrets.contains { secret in
            guard !secret.exposed.isEmpty else { return false }
            return constantTimeEqual(
                Base64.encode(HMAC.authenticate(signed, with: .sha256, key: secret.exposed)), signature)
        }
        guard isGenuine else { throw .forged("the signature is another") }
        guard time.utf8.count == 13, time.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let sent = Int64(time) else {
            throw .forged("no time")
        }
        let age = webhook.receivedAt - Timestamp(milliseconds: sent)
        guard age <= Self.tolerance, age >= .zero - Self.tolerance else { throw .forged("signed at another time") }
        guard let event = try? JSONCoder.decode(JSONValue.self, from: webhook.body), let type = event["type"]?.filled,
            let content = event["data"]
        else { throw .malformed("no event") }
        let payment = content["payment"], refund = content["refund"] ?? content["auto_refund"]
        let subject = refund?["cf_refund_id"] ?? payment?["cf_payment_id"]
        guard let id = subject.flatMap({ $0.filled ?? $0.wholeNumber.map { "\($0)" } }) else {
            return WebhookNote(key: "\(type):\(Hex.encode(Hash.sha256(webhook.body)))", type: type)
        }
        let state = refund?["refund_status"]?.string ?? payment?["payment_status"]?.string ?? ""
        return WebhookNote(key: "\(type):\(id):\(state)", type: type)
    }

    package func read(_ body: [UInt8]) throws(WebhookRefusal) -> WebhookContent {
        guard let event = try? JSONCoder.decode(JSONValue.self, from: body), let content = event["data"] else {
            throw .malformed("no event")
        }
        var report = ProviderReport(reference: content["order"]?["order_id"]?.filled)
        if case .object(var members)? = content["payment"] {
            if members["order_amount"] == nil { members["order_amount"] = content["order"]?["order_amount"] }
            if let fact = Self.payment(.object(members)) { report.payments.append(fact) }
        }
        if let refund = content["refund"] ?? content["auto_refund"] {
            report.reference = report.reference ?? refund["order_id"]?.filled
            if let fact = Self.refund(refund) { report.refunds.append(fact) }
        }
        return WebhookContent(report.payments.isEmpty && report.refunds.isEmpty ? [] : [report])
    }
}
