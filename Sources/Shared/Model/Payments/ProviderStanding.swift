import HTTP
import Runtime

/// How a provider is set up, for operators.
package struct ProviderStanding: Sendable {
    package enum Setup: String, Sendable {
        case keys, simulated, none
    }

    package let name: ProviderName
    package let setup: Setup
    package let capabilities: ProviderCapabilities
    package let currencies: [String]
}

extension PaymentsConfig {
    package func standings(_ http: HTTPClient) -> [ProviderStanding] {
        let providers = Providers(self, http: http)
        return ProviderName.allCases.map { name in
            let provider = providers[name]
            return ProviderStanding(
                name: name, setup: provider == nil ? .none : simulated.contains(name) ? .simulated : .keys,
                capabilities: provider?.capabilities ?? [], currencies: provider?.currencies.sorted() ?? [])
        }
    }

    /// What a QR code of an order of ours would say; nil where nobody is paid by UPI directly.
    package func testPayload(of amount: Int64) -> String? {
        accounts.payee?.payload(PaymentOrder.newReference(), amount)
    }
}
