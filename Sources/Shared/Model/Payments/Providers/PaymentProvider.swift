import HTTP
import Runtime

/// What every provider can be asked. Amounts are minor units; each converts at its edge.
package protocol PaymentProvider: Sendable {
    var name: ProviderName { get }
    var capabilities: ProviderCapabilities { get }
    /// In which money can be taken.
    var currencies: Set<String> { get }
    /// How long after an order's end a payment of it may still come.
    var lateness: Duration { get }

    /// Makes the order there. Made twice it is the same order, or `find` tells of it.
    func open(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder
    /// What was made of an order whose making was not answered; nil where there is none.
    func find(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder?
    /// All that is known there of an order.
    func report(on order: PaymentOrder) async throws(ProviderError) -> ProviderReport
    /// Lets nobody pay it any more.
    func close(_ order: PaymentOrder) async throws(ProviderError)
    /// A page of what was paid in a time.
    func list(_ window: Range<Timestamp>, from place: String?) async throws(ProviderError) -> ReportPage

    func refund(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact
    /// What became of a refund whose answer was lost; nil where there is none.
    func find(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact?

    /// Checks who sent a webhook, and says what it is known by.
    func check(_ webhook: IncomingWebhook) throws(WebhookRefusal) -> WebhookNote
    /// What a webhook says, once it was checked.
    func read(_ body: [UInt8]) throws(WebhookRefusal) -> WebhookContent
}

/// An order as its provider has made it.
package struct OpenedOrder: Sendable, Equatable {
    package let id: String
    /// Where a person pays.
    package var paymentURL: String?
    /// How to get there where no address alone does it: a page of ours shows the way.
    package var checkout: Checkout?
    /// For an app on the person's telephone.
    package var upiPayload: String?
    /// When the provider ends it.
    package var expiresAt: Timestamp?

    package init(
        _ id: String, paymentURL: String? = nil, checkout: Checkout? = nil, upiPayload: String? = nil,
        expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.paymentURL = paymentURL
        self.checkout = checkout
        self.upiPayload = upiPayload
        self.expiresAt = expiresAt
    }
}

/// What a browser has to do to get to a provider's page.
package struct Checkout: Sendable, Equatable, Codable {
    /// Where a form is sent to; nil where the provider's script takes over.
    package var action: String?
    package var fields: [String: String]
    /// What runs there, and what has to be loaded for it.
    package var script: String?
    package var library: String?
}

/// Why a provider did not do it.
package enum ProviderError: Error, Sendable, Equatable {
    /// It said no, and will again.
    case refused(String)
    /// Nothing has happened there: it can be asked again.
    case busy(String, after: Duration?)
    /// Nobody knows what has happened there: look before asking again.
    case unknown(String)
    /// It has no such thing.
    case absent
    /// It cannot do that.
    case unsupported
    /// It answered what cannot be read.
    case unreadable(String)
}

/// A webhook as it came.
package struct IncomingWebhook: Sendable {
    package let headers: [String: String]
    package let body: [UInt8]
    package let receivedAt: Timestamp

    /// Names of headers in lower case.
    package init(headers: [String: String], body: [UInt8], receivedAt: Timestamp) {
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }
}

/// What a webhook is known by.
package struct WebhookNote: Sendable, Equatable {
    /// Of what the signature covers: the same for each delivery of one event.
    package let key: String
    package let type: String
}

/// Why a webhook is not taken.
package enum WebhookRefusal: Error, Sendable, Equatable {
    /// 401: nobody knows who sent it.
    case forged(String)
    /// 400: signed, and still nothing that one can read.
    case malformed(String)
}

/// What a webhook says.
package struct WebhookContent: Sendable, Equatable {
    package var reports: [ProviderReport] = []

    package init(_ reports: [ProviderReport] = []) { self.reports = reports }
}
