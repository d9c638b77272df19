import Crypto
import HTTP
import JSON
import Runtime

/// https://docs.stripe.com/api
package struct Stripe: PaymentProvider {
    package let name = ProviderName.stripe
    package let capabilities: ProviderCapabilities = [.webhooks, .reports, .lists, .refunds, .closes]
    package let currencies: Set<String> = ["USD", "EUR", "GBP", "INR"]
    package let lateness = Duration.days(1)

    let account: StripeAccount
    private let caller: ProviderCaller
    private let places: Places
    private static let version = "2026-10-28.endive"
    private static let page = 100

    init(_ account: StripeAccount, _ http: HTTPClient, returning places: Places) {
        self.account = account
        self.places = places
        caller = ProviderCaller(http: http, provider: .stripe)
    }

    // MARK: Orders

    /// Under the same key it is the same session, however often it is asked for.
    package func open(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder {
        // It wants half an hour at the least; we close it when our time is over.
        let end = max(order.expiresAt, order.createdAt + .minutes(31))
        let fields: FormFields = [
            "mode": "payment", "client_reference_id": order.reference,
            "line_items[0][quantity]": "1", "line_items[0][price_data][currency]": order.currency.lowercased(),
            "line_items[0][price_data][unit_amount]": "\(order.amount)",
            "line_items[0][price_data][product_data][name]": "\(places.name) \(order.plan)",
            "metadata[reference]": order.reference, "payment_intent_data[metadata][reference]": order.reference,
            "expires_at": "\(end.seconds)", "success_url": places.app + "/paid", "cancel_url": places.app,
        ]
        let made = try await caller.json(
            .form(account.url("/checkout/sessions"), fields, headers(key: order.reference)))
        guard let id = made["id"]?.filled else { throw .unreadable("a session without an id") }
        return OpenedOrder(id, paymentURL: made["url"]?.filled)
    }

    package func find(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder? { nil }

    package func report(on order: PaymentOrder) async throws(ProviderError) -> ProviderReport {
        guard let id = order.providerOrderID else { throw .absent }
        let session = try await caller.json(
            HTTPRequest(
                .get, account.url("/checkout/sessions/\(id)?expand%5B0%5D=payment_intent"), headers: headers()))
        var report = ProviderReport(reference: order.reference, orderID: id)
        report.isClosed = session["status"]?.string == "expired"
        if let intent = session["payment_intent"] { Self.add(intent, to: &report) }
        return report
    }

    package func close(_ order: PaymentOrder) async throws(ProviderError) {
        guard let id = order.providerOrderID else { throw .absent }
        _ = try await caller.json(.form(account.url("/checkout/sessions/\(id)/expire"), [:], headers()))
    }

    package func list(_ window: Range<Timestamp>, from place: String?) async throws(ProviderError) -> ReportPage {
        var query: FormFields = [
            "created[gte]": "\(window.lowerBound.seconds)", "created[lt]": "\(window.upperBound.seconds)",
            "limit": "\(Self.page)",
        ]
        if let place { query.add("starting_after", place) }
        let found = try await caller.json(
            HTTPRequest(.get, account.url("/payment_intents?\(query.text)"), headers: headers()))
        let items = found["data"]?.elements ?? []
        let reports = items.map { item in
            var report = ProviderReport(reference: item["metadata"]?["reference"]?.filled)
            Self.add(item, to: &report)
            return report
        }
        return ReportPage(reports, next: found["has_more"]?.bool == true ? items.last?["id"]?.filled : nil)
    }

    // MARK: Refunds

    package func refund(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact {
        let fields: FormFields = [
            "payment_intent": refund.paymentID, "amount": "\(refund.amount)",
            "metadata[reference]": refund.reference, "metadata[reason]": String(refund.reason.prefix(200)),
        ]
        let made = try await caller.json(.form(account.url("/refunds"), fields, headers(key: refund.reference)))
        guard let fact = Self.refund(made) else { throw .unreadable("a refund that says too little") }
        return fact
    }

    package func find(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact? {
        let query: FormFields = ["payment_intent": refund.paymentID, "limit": "100"]
        let found = try await caller.json(
            HTTPRequest(.get, account.url("/refunds?\(query.text)"), headers: headers()))
        let one = found["data"]?.elements.first {
            $0["metadata"]?["reference"]?.string == refund.reference || $0["id"]?.string == refund.providerRefundID
        }
        return one.flatMap(Self.refund)
    }

    private func headers(key: String? = nil) -> HTTPHeaders {
        var headers: HTTPHeaders = [
            "Authorization": "Bearer \(account.key.exposed)", "Stripe-Version": Self.version,
        ]
        headers["Idempotency-Key"] = key
        return headers
    }
}

/// An account with Stripe.
struct StripeAccount: Sendable {
    let base: String
    let key: Secret
    let webhookSecrets: [Secret]

    func url(_ path: String) -> String { base + path }

    init?(from reader: inout ConfigReader) {
        let key = reader.readIfSet("STRIPE_SECRET_KEY", .secret())
        let webhooks = reader.readIfSet("STRIPE_WEBHOOK_SECRET", .list(of: .secret())) ?? []
        base = reader.read("STRIPE_BASE_URL", .webAddress, default: "https://api.stripe.com/v1")
        let parts = [("STRIPE_SECRET_KEY", key != nil), ("STRIPE_WEBHOOK_SECRET", !webhooks.isEmpty)]
        guard reader.complainUnlessWhole(parts), let key else { return nil }
        (self.key, webhookSecrets) = (key, webhooks)
    }

    private init(base: String) {
        self.base = base
        key = Secret("sk_test_simulator")
        webhookSecrets = [Secret("whsec_simulator")]
    }

    static func simulated(at url: String) -> StripeAccount { StripeAccount(base: url + "/stripe/v1") }
}
