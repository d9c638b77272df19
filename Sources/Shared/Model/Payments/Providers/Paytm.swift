import Crypto
import HTTP
import JSON
import Runtime

/// https://business.paytm.com/docs
package struct Paytm: PaymentProvider {
    package let name = ProviderName.paytm
    package let capabilities: ProviderCapabilities = [.webhooks, .reports, .refunds, .weakWebhooks, .polled]
    package let currencies: Set<String> = ["INR"]
    package let lateness = Duration.days(3)

    let account: PaytmAccount
    private let caller: ProviderCaller
    private let places: Places

    init(_ account: PaytmAccount, _ http: HTTPClient, returning places: Places) {
        self.account = account
        self.places = places
        caller = ProviderCaller(http: http, provider: .paytm)
    }

    // MARK: Orders

    package func open(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder {
        let query: FormFields = ["mid": account.merchant, "orderId": order.reference]
        let made = try await ask(
            "/theia/api/v1/initiateTransaction?\(query.text)",
            [
                "requestType": "Payment", "mid": .string(account.merchant), "websiteName": .string(account.website),
                "orderId": .string(order.reference), "callbackUrl": .string(places.app),
                "txnAmount": ["value": .string(Money.decimal(order.amount)), "currency": .string(order.currency)],
                "userInfo": ["custId": .string(order.user.description)],
            ])
        guard let token = made["txnToken"]?.filled else { throw .refused(Self.reason(made)) }
        let checkout = Checkout(
            action: account.url("/theia/api/v1/showPaymentPage?\(query.text)"),
            fields: ["mid": account.merchant, "orderId": order.reference, "txnToken": token])
        return OpenedOrder(
            order.reference, paymentURL: places.route("/payments/checkout/\(order.reference)"), checkout: checkout)
    }

    /// The same order begun again gets another token for the same order.
    package func find(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder? { nil }

    package func report(on order: PaymentOrder) async throws(ProviderError) -> ProviderReport {
        let said = try await ask(
            "/v3/order/status", ["mid": .string(account.merchant), "orderId": .string(order.reference)])
        var report = ProviderReport(reference: order.reference, orderID: order.reference)
        guard said["orderId"]?.string == order.reference, let id = said["txnId"]?.filled,
            let amount = said["txnAmount"]?.string.flatMap({ Money.minor($0) })
        else { return report }
        let state: PaymentFact.State
        switch said["resultInfo"]?["resultStatus"]?.string {
        case "TXN_SUCCESS": state = .captured
        case "TXN_FAILURE": state = .failed
        default: state = .pending
        }
        report.payments = [
            PaymentFact(
                id, state, amount: amount, currency: "INR", method: said["paymentMode"]?.filled,
                bankReference: said["bankTxnId"]?.filled, failure: state == .failed ? Self.reason(said) : nil)
        ]
        return report
    }

    package func close(_ order: PaymentOrder) async throws(ProviderError) { throw .unsupported }

    package func list(_ window: Range<Timestamp>, from place: String?) async throws(ProviderError) -> ReportPage {
        throw .unsupported
    }

    // MARK: Refunds

    package func refund(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact {
        guard let order = refund.order else { throw .unsupported }
        let said = try await ask(
            "/refund/apply",
            [
                "mid": .string(account.merchant), "txnType": "REFUND", "orderId": .string(order.reference),
                "txnId": .string(refund.paymentID), "refId": .string(refund.reference),
                "refundAmount": .string(Money.decimal(refund.amount)),
            ])
        return try fact(refund, said)
    }

    package func find(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact? {
        guard let order = refund.order else { throw .unsupported }
        let said = try await ask(
            "/v2/refund/status",
            [
                "mid": .string(account.merchant), "orderId": .string(order.reference),
                "refId": .string(refund.reference),
            ])
        return said["refundId"]?.filled == nil ? nil : try fact(refund, said)
    }

    private func fact(_ refund: RefundOrder, _ said: JSONValue) throws(ProviderError) -> RefundFact {
        let state: RefundFact.State
        switch said["resultInfo"]?["resultStatus"]?.string {
        case "TXN_SUCCESS": state = .succeeded
        case "PENDING": state = .submitted
        default: throw .refused(Self.reason(said))
        }
        return RefundFact(
            said["refundId"]?.filled ?? refund.reference, reference: refund.reference, of: refund.paymentID, state,
            amount: refund.amount, currency: refund.currency)
    }

    // MARK: Calls

    /// What is signed is the text of the body as it is sent, so that is written once.
    private func ask(_ path: String, _ body: JSONValue) async throws(ProviderError) -> JSONValue {
        let text = (try? JSONCoder.encode(body)) ?? []
        let signature = PaytmChecksum.sign(text, key: account.key.exposed)
        let head = #"{"head":{"signature":"\#(signature)","version":"v1","channelId":"WEB"},"body":"#
        let answer = try await caller.bytes(
            HTTPRequest(
                .post, account.url(path), headers: ["Content-Type": "application/json"],
                body: .bytes(Array(head.utf8) + text + [UInt8(ascii: "}")])))
        guard let json = try? JSONCoder.decode(JSONValue.self, from: answer), let said = json["body"] else {
            throw .unreadable("an answer that is no JSON")
        }
        return said
    }

    private static func reason(_ said: JSONValue) -> String {
        let info = said["resultInfo"]
        return "\(info?["resultCode"]?.string ?? "") \(info?["resultMsg"]?.string ?? "no reason")"
    }

    // MARK: Webhooks

    /// A form whose values are signed, and not their names: so only what is expected may stand there, and what it says is
    /// read again at Paytm.
    package func check(_ webhook: IncomingWebhook) throws(WebhookRefusal) -> WebhookNote {
        let fields = try Self.fields(webhook.body)
        guard let checksum = fields["CHECKSUMHASH"],
            PaytmChecksum.verify(PaytmChecksum.text(of: fields), checksum, key: account.key.exposed)
        else { throw .forged("the signature is another") }
        guard fields["MID"] == account.merchant, let order = fields["ORDERID"], let status = fields["STATUS"] else {
            throw .malformed("no order")
        }
        let digest = Hex.encode(Hash.sha256(PaytmChecksum.text(of: fields)).prefix(8).map { $0 })
        return WebhookNote(
            key: "\(order):\(fields["TXNID"] ?? ""):\(status):\(digest)", type: "txn.\(status.lowercased())")
    }

    package func read(_ body: [UInt8]) throws(WebhookRefusal) -> WebhookContent {
        guard let order = try Self.fields(body)["ORDERID"] else { throw .malformed("no order") }
        return WebhookContent([ProviderReport(reference: order)])
    }

    private static let known: Set<String> = [
        "ORDERID", "MID", "TXNID", "TXNAMOUNT", "PAYMENTMODE", "CURRENCY", "TXNDATE", "STATUS", "RESPCODE", "RESPMSG",
        "GATEWAYNAME", "BANKTXNID", "BANKNAME", "CHECKSUMHASH",
    ]

    private static func fields(_ body: [UInt8]) throws(WebhookRefusal) -> [String: String] {
        guard let text = String(validating: body, as: UTF8.self), let form = QueryParameters(text) else {
            throw .forged("no form")
        }
        var fields: [String: String] = [:]
        for name in form.names {
            let value = form[name].map(String.init) ?? ""
            guard known.contains(name), fields[name] == nil, !value.contains("|") else { throw .forged("an odd form") }
            fields[name] = value
        }
        return fields
    }
}

/// An account with Paytm.
struct PaytmAccount: Sendable {
    let base: String
    let merchant: String
    let key: Secret
    let website: String

    func url(_ path: String) -> String { base + path }

    init?(from reader: inout ConfigReader, _ mode: PaymentsConfig.Mode) {
        let merchant = reader.readIfSet("PAYTM_MERCHANT_ID", .text)
        let key = reader.readIfSet("PAYTM_MERCHANT_KEY", .secret(atLeast: 16))
        website = reader.read("PAYTM_WEBSITE", .text, default: mode == .test ? "WEBSTAGING" : "DEFAULT")
        base = reader.read(
            "PAYTM_BASE_URL", .webAddress,
            default: mode == .test ? "https://securestage.paytmpayments.com" : "https://secure.paytmpayments.com")
        let parts = [("PAYTM_MERCHANT_ID", merchant != nil), ("PAYTM_MERCHANT_KEY", key != nil)]
        if let key, ![16, 32].contains(key.exposed.utf8.count) {
            reader.complain("PAYTM_MERCHANT_KEY", "has not 16 characters")
        }
        guard reader.complainUnlessWhole(parts), let merchant, let key else { return nil }
        (self.merchant, self.key) = (merchant, key)
    }

    private init(base: String) {
        self.base = base
        merchant = "SIMULATOR"
        key = Secret("simulator-key-16")
        website = "WEBSTAGING"
    }

    static func simulated(at url: String) -> PaytmAccount { PaytmAccount(base: url + "/paytm") }
}
