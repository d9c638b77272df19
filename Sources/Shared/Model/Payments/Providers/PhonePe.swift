import Crypto
import HTTP
import JSON
import Runtime
import Synchronization

/// https://developer.phonepe.com, version 2.
package struct PhonePe: PaymentProvider {
    package let name = ProviderName.phonepe
    package let capabilities: ProviderCapabilities = [.webhooks, .reports, .refunds, .weakWebhooks, .polled]
    package let currencies: Set<String> = ["INR"]
    package let lateness = Duration.days(3)

    let account: PhonePeAccount
    private let caller: ProviderCaller
    private let places: Places
    private let pass: PhonePePass

    init(_ account: PhonePeAccount, _ http: HTTPClient, returning places: Places) {
        self.account = account
        self.places = places
        caller = ProviderCaller(http: http, provider: .phonepe)
        pass = PhonePePass(account, caller)
    }

    // MARK: Orders

    package func open(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder {
        let seconds = max((order.expiresAt - order.createdAt).components.seconds, 300)
        let made = try await post(
            "/checkout/v2/pay",
            [
                "merchantOrderId": .string(order.reference), "amount": .number(order.amount),
                "expireAfter": .number(seconds),
                "paymentFlow": ["type": "PG_CHECKOUT", "merchantUrls": ["redirectUrl": .string(places.app)]],
            ])
        guard let id = made["orderId"]?.filled else { throw .unreadable("an order without an id") }
        return OpenedOrder(
            id, paymentURL: made["redirectUrl"]?.filled,
            expiresAt: made["expireAt"]?.wholeNumber.map { Timestamp(milliseconds: $0) })
    }

    /// What was made is known there by our name for it; its page is only told once.
    package func find(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder? {
        do throws(ProviderError) {
            let found = try await status(of: order)
            return found["orderId"]?.filled.map { OpenedOrder($0) }
        } catch .absent { return nil } catch .refused { return nil }
    }

    package func report(on order: PaymentOrder) async throws(ProviderError) -> ProviderReport {
        let said = try await status(of: order)
        var report = ProviderReport(reference: order.reference, orderID: said["orderId"]?.filled)
        report.isClosed = said["state"]?.string == "FAILED"
        report.payments = (said["paymentDetails"]?.elements ?? []).compactMap { detail in
            guard let id = detail["transactionId"]?.filled, let amount = detail["amount"]?.wholeNumber else {
                return nil
            }
            let state: PaymentFact.State =
                switch detail["state"]?.string {
                case "COMPLETED": .captured
                case "FAILED": .failed
                default: .pending
                }
            return PaymentFact(
                id, state, amount: amount, currency: "INR", method: detail["paymentMode"]?.filled,
                bankReference: detail["rail"]?["utr"]?.filled,
                failure: state == .failed ? detail["errorCode"]?.filled : nil)
        }
        return report
    }

    private func status(of order: PaymentOrder) async throws(ProviderError) -> JSONValue {
        try await get("/checkout/v2/order/\(order.reference)/status?details=true")
    }

    package func close(_ order: PaymentOrder) async throws(ProviderError) { throw .unsupported }

    package func list(_ window: Range<Timestamp>, from place: String?) async throws(ProviderError) -> ReportPage {
        throw .unsupported
    }

    // MARK: Refunds

    package func refund(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact {
        guard let order = refund.order else { throw .unsupported }
        let made = try await post(
            "/payments/v2/refund",
            [
                "merchantRefundId": .string(refund.reference), "originalMerchantOrderId": .string(order.reference),
                "amount": .number(refund.amount),
            ])
        return fact(refund, made)
    }

    package func find(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact? {
        do throws(ProviderError) {
            return fact(refund, try await get("/payments/v2/refund/\(refund.reference)/status"))
        } catch .absent { return nil }
    }

    private func fact(_ refund: RefundOrder, _ said: JSONValue) -> RefundFact {
        let state: RefundFact.State =
            switch said["state"]?.string {
            case "COMPLETED", "CONFIRMED": .succeeded
            case "FAILED": .failed
            default: .submitted
            }
        return RefundFact(
            said["refundId"]?.filled ?? refund.reference, reference: refund.reference, of: refund.paymentID, state,
            amount: refund.amount, currency: refund.currency)
    }

    // MARK: Calls

    private func get(_ path: String) async throws(ProviderError) -> JSONValue {
        let token = try await pass.token()
        return try await caller.json(
            HTTPRequest(.get, account.url(path), headers: ["Authorization": "O-Bearer \(token)"]))
    }

    private func post(_ path: String, _ body: JSONValue) async throws(ProviderError) -> JSONValue {
        let token = try await pass.token()
        return try await caller.json(.json(account.url(path), body, ["Authorization": "O-Bearer \(token)"]))
    }

    // MARK: Webhooks

    /// The header only proves that somebody knows the name and the password: it covers nothing of the body. So the body is
    /// a hint, and the order is read at PhonePe.
    package func check(_ webhook: IncomingWebhook) throws(WebhookRefusal) -> WebhookNote {
        guard let given = webhook.headers["authorization"] else { throw .forged("no signature") }
        let isGenuine = account.webhookPairs.contains { pair in
            constantTimeEqual(Hex.encode(Hash.sha256(pair.exposed)), given)
        }
        guard isGenuine else { throw .forged("the signature is another") }
        guard let event = try? JSONCoder.decode(JSONValue.self, from: webhook.body), let type = event["event"]?.filled,
            let order = Self.order(in: event)
        else { throw .malformed("no event") }
        let state = event["payload"]?["state"]?.string ?? ""
        let digest = Hex.encode(Hash.sha256(webhook.body).prefix(8).map { $0 })
        return WebhookNote(key: "\(type):\(order):\(state):\(digest)", type: type)
    }

    package func read(_ body: [UInt8]) throws(WebhookRefusal) -> WebhookContent {
        guard let event = try? JSONCoder.decode(JSONValue.self, from: body), let order = Self.order(in: event) else {
            throw .malformed("no event")
        }
        return WebhookContent([ProviderReport(reference: order)])
    }

    private static func order(in event: JSONValue) -> String? {
        event["payload"]?["merchantOrderId"]?.filled ?? event["payload"]?["originalMerchantOrderId"]?.filled
    }
}

/// The token that opens PhonePe's doors for a while: fetched anew when half its time is over.
final class PhonePePass: Sendable {
    private let account: PhonePeAccount
    private let caller: ProviderCaller
    private let kept = Mutex<(token: String, renewAt: Timestamp, endsAt: Timestamp)?>(nil)

    init(_ account: PhonePeAccount, _ caller: ProviderCaller) {
        self.account = account
        self.caller = caller
    }

    func token() async throws(ProviderError) -> String {
        let now = Timestamp.now
        let known = kept.withLock { $0 }
        if let known, known.renewAt > now { return known.token }
        do throws(ProviderError) { return try await fetch(at: now) } catch {
            // The old one is still good for a while.
            if let known, known.endsAt > now { return known.token }
            throw error
        }
    }

    private func fetch(at now: Timestamp) async throws(ProviderError) -> String {
        let fields: FormFields = [
            "client_id": account.clientID, "client_secret": account.clientSecret.exposed,
            "client_version": account.clientVersion, "grant_type": "client_credentials",
        ]
        let said: JSONValue
        do throws(ProviderError) { said = try await caller.json(.form(account.authURL, fields, [:])) } catch {
            // To ask for a token twice harms nobody.
            if case .unknown(let what) = error { throw .busy(what, after: nil) }
            throw error
        }
        guard let token = said["access_token"]?.filled else { throw .unreadable("no token") }
        let end = said["expires_at"]?.wholeNumber.map { Timestamp(seconds: $0) } ?? now + .minutes(10)
        kept.withLock { $0 = (token, now + (end - now) / 2, end) }
        return token
    }
}

/// An account with PhonePe.
struct PhonePeAccount: Sendable {
    let base: String
    let authURL: String
    let clientID: String
    let clientSecret: Secret
    let clientVersion: String
    /// `name:password`, the newest first.
    let webhookPairs: [Secret]

    func url(_ path: String) -> String { base + path }

    init?(from reader: inout ConfigReader, _ mode: PaymentsConfig.Mode) {
        let id = reader.readIfSet("PHONEPE_CLIENT_ID", .text)
        let secret = reader.readIfSet("PHONEPE_CLIENT_SECRET", .secret())
        let pairs = reader.readIfSet("PHONEPE_WEBHOOK_CREDENTIALS", .list(of: .secret())) ?? []
        clientVersion = reader.read("PHONEPE_CLIENT_VERSION", .text, default: "1")
        _ = reader.readIfSet("PHONEPE_MERCHANT_ID", .text)
        let test = "https://api-preprod.phonepe.com/apis/pg-sandbox"
        base = reader.read(
            "PHONEPE_BASE_URL", .webAddress, default: mode == .test ? test : "https://api.phonepe.com/apis/pg")
        authURL = reader.read(
            "PHONEPE_AUTH_URL", .webAddress,
            default: mode == .test
                ? test + "/v1/oauth/token" : "https://api.phonepe.com/apis/identity-manager/v1/oauth/token")
        let parts = [
            ("PHONEPE_CLIENT_ID", id != nil), ("PHONEPE_CLIENT_SECRET", secret != nil),
            ("PHONEPE_WEBHOOK_CREDENTIALS", !pairs.isEmpty),
        ]
        if pairs.contains(where: { !$0.exposed.contains(":") }) {
            reader.complain("PHONEPE_WEBHOOK_CREDENTIALS", "is no name and password with a colon between them")
        }
        guard reader.complainUnlessWhole(parts), let id, let secret else { return nil }
        (clientID, clientSecret, webhookPairs) = (id, secret, pairs)
    }

    private init(base: String) {
        self.base = base
        authURL = base + "/v1/oauth/token"
        clientID = "simulator"
        clientSecret = Secret("simulator-client-secret")
        clientVersion = "1"
        webhookPairs = [Secret("simulator:password")]
    }

    static func simulated(at url: String) -> PhonePeAccount { PhonePeAccount(base: url + "/phonepe") }
}
