import HTTP
import Runtime

/// Payments straight to our bank account. Nobody tells us of them: they are found in the bank's statement.
package struct DirectUPI: PaymentProvider {
    package let name = ProviderName.directUPI
    package let capabilities: ProviderCapabilities = []
    package let currencies: Set<String> = ["INR"]
    /// A statement may lag behind for days.
    package let lateness = Duration.days(3)
    let payee: UPIPayee

    package func open(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder {
        OpenedOrder(order.reference, upiPayload: payee.payload(for: order))
    }

    package func find(_ order: PaymentOrder) async throws(ProviderError) -> OpenedOrder? { try await open(order) }
    package func report(on order: PaymentOrder) async throws(ProviderError) -> ProviderReport { throw .unsupported }
    package func close(_ order: PaymentOrder) async throws(ProviderError) { throw .unsupported }

    package func list(_ window: Range<Timestamp>, from place: String?) async throws(ProviderError) -> ReportPage {
        throw .unsupported
    }

    package func refund(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact { throw .unsupported }
    package func find(_ refund: RefundOrder) async throws(ProviderError) -> RefundFact? { throw .unsupported }

    package func check(_ webhook: IncomingWebhook) throws(WebhookRefusal) -> WebhookNote {
        throw .forged("there are no webhooks of direct payments")
    }

    package func read(_ body: [UInt8]) throws(WebhookRefusal) -> WebhookContent {
        throw .malformed("there are no webhooks of direct payments")
    }
}

/// Who is paid by UPI.
package struct UPIPayee: Sendable, Equatable {
    let address: String
    let name: String
    /// The merchant's category.
    let category: String?

    /// What a QR code holds and an app opens: NPCI's linking specification.
    func payload(for order: PaymentOrder) -> String { payload(order.reference, order.amount) }

    func payload(_ reference: String, _ amount: Int64) -> String {
        var parts = ["pa=\(address)", "pn=\(Self.encode(name))"]
        if let category { parts.append("mc=\(category)") }
        parts += [
            "tr=\(reference)", "tn=\(Self.encode("Order \(reference)"))",
            "am=\(Money.decimal(amount))", "cu=INR",
        ]
        return "upi://pay?" + parts.joined(separator: "&")
    }

    /// Blanks as `%20`: apps show a plus as it is.
    private static func encode(_ text: String) -> String {
        let fields: FormFields = ["": text]
        return String(fields.text.dropFirst())
    }

    /// `shop@bank`
    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (2...256).contains(parts[0].utf8.count), (2...64).contains(parts[1].utf8.count),
            let first = parts[1].utf8.first, isLetter(first)
        else { return false }
        return parts[0].utf8.allSatisfy { isLetter($0) || isDigit($0) || [0x2D, 0x2E, 0x5F].contains($0) }
            && parts[1].utf8.allSatisfy { isLetter($0) || isDigit($0) || [0x2D, 0x2E].contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// Amounts as others write them. Never through binary fractions.
package enum Money {
    /// `499.50`
    package static func decimal(_ minor: Int64) -> String {
        let (whole, rest) = minor.magnitude.quotientAndRemainder(dividingBy: 100)
        return (minor < 0 ? "-" : "") + "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// `499.5`, `499`, `499.50`, `0499.500`; nil for what is no amount in hundredths.
    package static func minor(_ text: some StringProtocol) -> Int64? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = digits(parts[0]) else { return nil }
        var cents: Int64 = 0
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].dropFirst(2).allSatisfy({ $0 == UInt8(ascii: "0") }),
                let value = digits(parts[1].prefix(2))
            else { return nil }
            cents = parts[1].count == 1 ? value * 10 : value
        }
        let (scaled, isTooLarge) = whole.multipliedReportingOverflow(by: 100)
        return isTooLarge ? nil : scaled + cents
    }

    private static func digits(_ text: some Collection<UInt8>) -> Int64? {
        guard (1...16).contains(text.count) else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }
}
