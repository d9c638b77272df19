import Crypto
import JSON
import Runtime

extension Stripe {
    /// How far its clock and ours may differ.
    private static let tolerance = Duration.minutes(5)

    /// `t=…,v1=…`: the id of the event is signed.
    package func check(_ webhook: IncomingWebhook) throws(WebhookRefusal) -> WebhookNote {
        guard let header = webhook.headers["stripe-signature"] else { throw .forged("no signature") }
        let parts = header.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let values = parts.filter { $0.count == 2 }
        guard let time = values.first(where: { $0[0] == "t" })?[1], let seconds = Int64(time) else {
            throw .forged("no time")
        }
        let given = values.filter { $0[0] == "v1" }.map { $0[1] }
        let signed = Array("\(time).".utf8) + webhook.body
        let isGenuine = account.webhookSecrets.contains { secret in
            guard !secret.exposed.isEmpty else { return false }
            let expected = Hex.encode(HMAC.authenticate(signed, with: .sha256, key: secret.exposed))
            return given.contains { constantTimeEqual(expected, $0) }
        }
        guard isGenuine else { throw .forged("the signature is another") }
        let age = webhook.receivedAt - Timestamp(seconds: seconds)
        guard age <= Self.tolerance, age >= .zero - Self.tolerance else { throw .forged("signed at another time") }
        guard let event = try? JSONCoder.decode(JSONValue.self, from: webhook.body), let id = event["id"]?.filled,
            let type = event["type"]?.filled
        else { throw .malformed("no event") }
        return WebhookNote(key: id, type: type)
    }

    package func read(_ body: [UInt8]) throws(WebhookRefusal) -> WebhookContent {
        guard let event = try? JSONCoder.decode(JSONValue.self, from: body), let type = event["type"]?.string,
            let object = event["data"]?["object"]
        else { throw .malformed("no event") }
        var report = ProviderReport(reference: object["metadata"]?["reference"]?.filled)
        switch object["object"]?.string {
        case "payment_intent": Self.add(object, to: &report)
        case "checkout.session": addSession(object, type, to: &report)
        case "refund":
            report.reference = nil
            if let refund = Self.refund(object) { report.refunds.append(refund) }
        case "dispute":
            if let dispute = Self.dispute(object) { report.disputes.append(dispute) }
        default: break
        }
        let isSomething = !report.payments.isEmpty || !report.refunds.isEmpty || !report.disputes.isEmpty
        return WebhookContent(isSomething ? [report] : [])
    }

    /// A session names its payment, and is paid or not.
    private func addSession(_ session: JSONValue, _ type: String, to report: inout ProviderReport) {
        report.reference = session["client_reference_id"]?.filled ?? report.reference
        report.orderID = session["id"]?.filled
        guard let intent = session["payment_intent"]?.filled, let amount = session["amount_total"]?.wholeNumber,
            let currency = session["currency"]?.filled
        else { return }
        let state: PaymentFact.State
        switch session["payment_status"]?.string {
        case "paid": state = .captured
        default: state = type == "checkout.session.async_payment_failed" ? .failed : .pending
        }
        report.payments.append(PaymentFact(intent, state, amount: amount, currency: currency.uppercased()))
    }

    // MARK: What its words mean

    static func add(_ intent: JSONValue, to report: inout ProviderReport) {
        guard let id = intent["id"]?.filled, let asked = intent["amount"]?.wholeNumber,
            let currency = intent["currency"]?.filled
        else { return }
        let state: PaymentFact.State
        let failure = intent["last_payment_error"]?["message"]?.filled
        switch intent["status"]?.string {
        case "succeeded": state = .captured
        case "requires_capture": state = .authorized
        case "canceled": state = .failed
        case "requires_payment_method": state = failure == nil ? .pending : .failed
        default: state = .pending
        }
        let received = intent["amount_received"]?.wholeNumber ?? asked
        report.payments.append(
            PaymentFact(
                id, state, amount: state == .captured ? received : asked, currency: currency.uppercased(),
                failure: state == .failed ? failure : nil))
    }

    static func refund(_ item: JSONValue) -> RefundFact? {
        guard let id = item["id"]?.filled, let payment = item["payment_intent"]?.filled,
            let amount = item["amount"]?.wholeNumber, let currency = item["currency"]?.filled
        else { return nil }
        let state: RefundFact.State =
            switch item["status"]?.string {
            case "succeeded": .succeeded
            case "failed", "canceled": .failed
            default: .submitted
            }
        return RefundFact(
            id, reference: item["metadata"]?["reference"]?.filled, of: payment, state, amount: amount,
            currency: currency.uppercased())
    }

    static func dispute(_ item: JSONValue) -> DisputeFact? {
        guard let id = item["id"]?.filled, let payment = item["payment_intent"]?.filled else { return nil }
        let state: DisputeFact.State =
            switch item["status"]?.string {
            case "lost": .lost
            case "won", "warning_closed": .won
            default: .open
            }
        return DisputeFact(id, of: payment, state)
    }
}
