import Crypto
import HTTP
import JSON
import Runtime

/// https://www.cashfree.com/docs
package struct Cashfree: PaymentProvider {
    package let name = ProviderName.cashfree
    package let capabilities: ProviderCapabilities = [.webhooks, .reports, .refunds, .closes]
    package let currencies: Set<String> = ["INR"]
    package let lateness = Duration.days(3)

    let account: CashfreeAccount
    private let caller: ProviderCaller
    private let places: Places
    private static let version = "2023-08-01"

    init(_ account: CashfreeAccount, _ http: HTTPClient, returning places: Places) {
        self.account = account
        self.places = places
        caller = ProviderCaller(http: http, provider: .cashfree)
    }

    // MARK: Orders

    /// Amounts are decimal rupees there, written digit by digit.
    package func open(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder {
        let customer = order.user.description.filter { $0 != "-" }
        let made = try await caller.json(
            .json(
                account.url("/orders"),
                [
                    "order_id": .string(order.reference), "order_amount": Self.rupees(order.amount),
                    "order_currency": .string(order.currency), "order_expiry_time": .string(order.expiresAt.rfc3339),
                    "customer_details": [
                        // It insists on a telephone number; we do not pass on those of people.
                        "customer_id": .string(customer), "customer_phone": "9999999999",
                        "customer_name": .string(order.billing.name),
                    ],
                    "order_meta": ["return_url": .string(places.app)],
                ], headers))
        return try opened(made, order)
    }

    package func find(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder? {
        do throws(ProviderError) {
            let found = try await caller.json(
                HTTPRequest(.get, account.url("/orders/\(order.reference)"), headers: headers))
            return try opened(found, order)
        } catch .absent { return nil }
    }

    /// Its page is opened by its script.
    private func opened(_ made: JSONValue, _ order: PaymentOrder) throws(ProviderError) -> OpenedOrder {
        guard let id = made["cf_order_id"].flatMap({ $0.filled ?? $0.wholeNumber.map { "\($0)" } }),
            let session = made["payment_session_id"]?.filled,
            session.utf8.allSatisfy({ $0.isToken })
        else { throw .unreadable("an order without a session") }
        let mode = account.isTest ? "sandbox" : "production"
        let checkout = Checkout(
            fields: [:],
            script: "Cashfree({mode:'\(mode)'}).checkout({paymentSessionId:'\(session)',redirectTarget:'_self'})",
            library: "https://sdk.cashfree.com/js/v3/cashfree.js")
        return OpenedOrder(
            id, paymentURL: places.route("/payments/checkout/\(order.reference)"), checkout: checkout)
    }

    package func report(on order: PaymentOrder) async throws(ProviderError) -> ProviderReport {
        var report = ProviderReport(reference: order.reference)
        let found = try await caller.json(
            HTTPRequest(.get, account.url("/orders/\(order.reference)/payments"), headers: headers))
        report.payments = found.elements.compactMap(Self.payment)
        return report
    }

    package func close(_ order: PaymentOrder) async throws(ProviderError) {
        _ = try await caller.json(
            .json(account.url("/orders/\(order.reference)"), ["order_status": "TERMINATED"], headers, by: .patch))
    }

    package func list(_ window: Range<Timestamp>, from place: String?) async throws(ProviderError) -> ReportPage {
        throw .unsupported
    }

    // MARK: Refunds

    package func refund(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact {
        guard let order = refund.order else { throw .unsupported }
        let made = try await caller.json(
            .json(
                account.url("/orders/\(order.reference)/refunds"),
                [
                    "refund_id": .string(refund.reference), "refund_amount": Self.rupees(refund.amount),
                    "refund_note": .string(String(refund.reason.prefix(100))),
                ], headers))
        guard let fact = Self.refund(made) else { throw .unreadable("a refund that says too little") }
        return fact
    }

    package func find(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact? {
        guard let order = refund.order else { throw .unsupported }
        do throws(ProviderError) {
            let path = "/orders/\(order.reference)/refunds/\(refund.reference)"
            return Self.refund(try await caller.json(HTTPRequest(.get, account.url(path), headers: headers)))
        } catch .absent { return nil }
    }

    private var headers: HTTPHeaders {
        [
            "x-client-id": account.appID, "x-client-secret": account.secretKey.exposed,
            "x-api-version": Self.version,
        ]
    }

    // MARK: What its words mean

    private static func rupees(_ amount: Int64) -> JSONValue {
        JSONNumber(Money.decimal(amount)).map { .number($0) } ?? .null
    }

    private static func minor(_ value: JSONValue?) -> Int64? {
        (value?.number?.text ?? value?.string).flatMap { Money.minor($0) }
    }

    /// A fee of the payer's own comes on top of the order's amount, and is not ours.
    static func payment(_ item: JSONValue) -> PaymentFact? {
        guard let id = item["cf_payment_id"].flatMap({ $0.filled ?? $0.wholeNumber.map { "\($0)" } }),
            let paid = minor(item["payment_amount"])
        else { return nil }
        let state: PaymentFact.State
        switch item["payment_status"]?.string {
        case "SUCCESS": state = .captured
        case "FAILED", "USER_DROPPED", "VOID", "CANCELLED": state = .failed
        default: state = .pending
        }
        let failure = item["error_details"]?["error_description"]?.filled ?? item["payment_message"]?.filled
        let ordered = minor(item["order_amount"])
        return PaymentFact(
            id, state, amount: ordered.map { min($0, paid) } ?? paid,
            currency: item["payment_currency"]?.filled ?? "INR", method: item["payment_group"]?.filled,
            bankReference: item["bank_reference"]?.filled, failure: state == .failed ? failure : nil)
    }

    static func refund(_ item: JSONValue) -> RefundFact? {
        guard let id = item["cf_refund_id"].flatMap({ $0.filled ?? $0.wholeNumber.map { "\($0)" } }),
            let payment = item["cf_payment_id"].flatMap({ $0.filled ?? $0.wholeNumber.map { "\($0)" } }),
            let amount = minor(item["refund_amount"])
        else { return nil }
        let state: RefundFact.State =
            switch item["refund_status"]?.string {
            case "SUCCESS": .succeeded
            case "FAILED", "CANCELLED": .failed
            default: .submitted
            }
        return RefundFact(
            id, reference: item["refund_id"]?.filled, of: payment, state, amount: amount,
            currency: item["refund_currency"]?.filled ?? "INR")
    }
}

extension UInt8 {
    /// Of what may stand between quotes in a script.
    fileprivate var isToken: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
            || self == 0x5F || self == 0x2D
    }
}

/// An account with Cashfree.
struct CashfreeAccount: Sendable {
    let base: String
    let isTest: Bool
    let appID: String
    let secretKey: Secret
    /// The oldest active key signs webhooks; others may be added here.
    let webhookSecrets: [Secret]

    func url(_ path: String) -> String { base + path }

    init?(from reader: inout ConfigReader, _ mode: PaymentsConfig.Mode) {
        let id = reader.readIfSet("CASHFREE_APP_ID", .text)
        let key = reader.readIfSet("CASHFREE_SECRET_KEY", .secret())
        let webhooks = reader.readIfSet("CASHFREE_WEBHOOK_SECRET", .list(of: .secret())) ?? []
        isTest = mode == .test
        base = reader.read(
            "CASHFREE_BASE_URL", .webAddress,
            default: mode == .test ? "https://sandbox.cashfree.com/pg" : "https://api.cashfree.com/pg")
        let parts = [("CASHFREE_APP_ID", id != nil), ("CASHFREE_SECRET_KEY", key != nil)]
        guard reader.complainUnlessWhole(parts), let id, let key else { return nil }
        (appID, secretKey, webhookSecrets) = (id, key, webhooks + [key])
    }

    private init(base: String) {
        self.base = base
        isTest = true
        appID = "simulator"
        secretKey = Secret("simulator-secret-key")
        webhookSecrets = [secretKey]
    }

    static func simulated(at url: String) -> CashfreeAccount { CashfreeAccount(base: url + "/cashfree/pg") }
}
