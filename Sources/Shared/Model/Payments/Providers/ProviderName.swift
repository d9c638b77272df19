import Postgres

/// Who takes money for us.
package enum ProviderName: String, Sendable, CaseIterable, Codable {
    case razorpay, cashfree, phonepe, paytm, stripe
    /// Straight to our account by UPI: confirmed by the bank's statement.
    case directUPI = "direct_upi"
}

extension ProviderName: SQLEncodable, SQLDecodable {}

/// What one can do with a provider.
package struct ProviderCapabilities: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// It tells us of what happens.
    package static let webhooks = ProviderCapabilities(rawValue: 1)
    /// It can be asked for an order.
    package static let reports = ProviderCapabilities(rawValue: 2)
    /// It can be asked for all payments of a time.
    package static let lists = ProviderCapabilities(rawValue: 4)
    package static let refunds = ProviderCapabilities(rawValue: 8)
    /// What its webhooks say is not signed well enough to be believed: the order is read again before value is given.
    package static let weakWebhooks = ProviderCapabilities(rawValue: 16)
    /// It wants its orders to be asked for until they are final.
    package static let polled = ProviderCapabilities(rawValue: 32)
    /// An order can be closed, so that nobody pays it late.
    package static let closes = ProviderCapabilities(rawValue: 64)

    private static let names: [(ProviderCapabilities, String)] = [
        (.webhooks, "webhooks"), (.reports, "reports"), (.lists, "lists"), (.refunds, "refunds"),
        (.weakWebhooks, "weak_webhooks"), (.polled, "polled"), (.closes, "closes"),
    ]

    package var words: [String] { Self.names.filter { contains($0.0) }.map(\.1) }
}
