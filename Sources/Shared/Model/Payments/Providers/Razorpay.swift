import Crypto
import HTTP
import JSON
import Runtime

/// https://razorpay.com/docs/api
package struct Razorpay: PaymentProvider {
    package let name = ProviderName.razorpay
    package let capabilities: ProviderCapabilities = [.webhooks, .reports, .lists, .refunds]
    package let currencies: Set<String> = ["INR", "USD"]
    /// So long a payment that has failed may still be authorised.
    package let lateness = Duration.days(3)

    let account: RazorpayAccount
    let caller: ProviderCaller
    let places: Places

    init(_ account: RazorpayAccount, _ http: HTTPClient, returning places: Places) {
        self.account = account
        self.places = places
        caller = ProviderCaller(http: http, provider: .razorpay)
    }

    // MARK: Orders

    package func open(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder {
        let made = try await caller.json(
            .json(
                account.url("/orders"),
                [
                    "amount": .number(order.amount), "currency": .string(order.currency),
                    "receipt": .string(order.reference), "notes": ["reference": .string(order.reference)],
                ], headers))
        return try opened(made, order)
    }

    package func find(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder? {
        let query: FormFields = ["receipt": order.reference]
        let found = try await caller.json(HTTPRequest(.get, account.url("/orders?\(query.text)"), headers: headers))
        let one = found["items"]?.elements.first { $0["receipt"]?.string == order.reference }
        guard let one else { return nil }
        return try opened(one, order)
    }

    /// Its page takes a form, which a page of ours sends.
    private func opened(_ made: JSONValue, _ order: PaymentOrder) throws(ProviderError) -> OpenedOrder {
        guard let id = made["id"]?.filled else { throw .unreadable("an order without an id") }
        let checkout = Checkout(
            action: account.url("/checkout/embedded"),
            fields: [
                "key_id": account.keyID, "order_id": id, "amount": "\(order.amount)", "currency": order.currency,
                "name": places.name, "description": "Order \(order.reference)", "callback_url": places.app,
                "cancel_url": places.app,
            ])
        return OpenedOrder(
            id, paymentURL: places.route("/payments/checkout/\(order.reference)"), checkout: checkout)
    }

    package func report(on order: PaymentOrder) async throws(ProviderError) -> ProviderReport {
        guard let id = order.providerOrderID else { throw .absent }
        let found = try await caller.json(
            HTTPRequest(.get, account.url("/orders/\(id)/payments"), headers: headers))
        var report = ProviderReport(reference: order.reference, orderID: id)
        for item in found["items"]?.elements ?? [] { Self.add(item, to: &report) }
        return report
    }

    /// Orders cannot be closed there: a late payment is taken in when it comes.
    package func close(_ order: PaymentOrder) async throws(ProviderError) { throw .unsupported }

    package func list(_ window: Range<Timestamp>, from place: String?) async throws(ProviderError) -> ReportPage {
        let skip = place.flatMap { Int($0) } ?? 0
        let query: FormFields = [
            "from": "\(window.lowerBound.seconds)", "to": "\(window.upperBound.seconds)", "count": "\(Self.page)",
            "skip": "\(skip)",
        ]
        let found = try await caller.json(HTTPRequest(.get, account.url("/payments?\(query.text)"), headers: headers))
        let items = found["items"]?.elements ?? []
        let reports = items.map { item in
            var report = ProviderReport(
                reference: item["notes"]?["reference"]?.filled, orderID: item["order_id"]?.filled)
            Self.add(item, to: &report)
            return report
        }
        return ReportPage(reports, next: items.count == Self.page ? "\(skip + Self.page)" : nil)
    }

    private static let page = 100

    // MARK: Refunds

    package func refund(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact {
        var headers = headers
        headers["X-Refund-Idempotency"] = refund.reference
        let made = try await caller.json(
            .json(
                account.url("/payments/\(refund.paymentID)/refund"),
                [
                    "amount": .number(refund.amount), "receipt": .string(refund.reference),
                    "notes": ["reason": .string(String(refund.reason.prefix(200)))],
                ], headers))
        guard let fact = Self.refund(made) else { throw .unreadable("a refund that says too little") }
        return fact
    }

    package func find(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact? {
        let found = try await caller.json(
            HTTPRequest(.get, account.url("/payments/\(refund.paymentID)/refunds"), headers: headers))
        let one = found["items"]?.elements.first {
            $0["receipt"]?.string == refund.reference || $0["id"]?.string == refund.providerRefundID
        }
        return one.flatMap(Self.refund)
    }

    private var headers: HTTPHeaders {
        let pair = Base64.encode("\(account.keyID):\(account.keySecret.exposed)")
        return ["Authorization": "Basic \(pair)"]
    }
}

/// An account with Razorpay.
struct RazorpayAccount: Sendable {
    let base: String
    let keyID: String
    let keySecret: Secret
    /// The newest first: after a change, repetitions still come signed with the old one.
    let webhookSecrets: [Secret]

    func url(_ path: String) -> String { base + path }

    init?(from reader: inout ConfigReader) {
        let id = reader.readIfSet("RAZORPAY_KEY_ID", .text)
        let secret = reader.readIfSet("RAZORPAY_KEY_SECRET", .secret())
        let webhooks = reader.readIfSet("RAZORPAY_WEBHOOK_SECRET", .list(of: .secret())) ?? []
        base = reader.read("RAZORPAY_BASE_URL", .webAddress, default: "https://api.razorpay.com/v1")
        _ = reader.readIfSet("RAZORPAY_WEBHOOK_URL", .text)
        let parts = [
            ("RAZORPAY_KEY_ID", id != nil), ("RAZORPAY_KEY_SECRET", secret != nil),
            ("RAZORPAY_WEBHOOK_SECRET", !webhooks.isEmpty),
        ]
        guard reader.complainUnlessWhole(parts), let id, let secret else { return nil }
        (keyID, keySecret, webhookSecrets) = (id, secret, webhooks)
    }

    private init(base: String) {
        self.base = base
        keyID = "rzp_test_simulator"
        keySecret = Secret("simulator-key-secret")
        webhookSecrets = [Secret("simulator-webhook-secret")]
    }

    static func simulated(at url: String) -> RazorpayAccount { RazorpayAccount(base: url + "/razorpay/v1") }
}
