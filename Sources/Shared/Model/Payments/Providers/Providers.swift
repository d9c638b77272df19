import HTTP
import JSON
import Runtime

/// Those who take money for us: as many as are configured.
package struct Providers: Sendable {
    private let all: [ProviderName: any PaymentProvider]
    /// Who is asked where the person does not choose, by what each is good for.
    private let standard: ProviderName?

    init(_ providers: [any PaymentProvider], standard: ProviderName? = nil) {
        all = Dictionary(providers.map { ($0.name, $0) }) { first, _ in first }
        self.standard = standard
    }

    package init(_ config: PaymentsConfig, http: HTTPClient) {
        let accounts = config.accounts
        var providers: [any PaymentProvider] = []
        if let account = accounts.razorpay { providers.append(Razorpay(account, http, returning: config.places)) }
        if let account = accounts.stripe { providers.append(Stripe(account, http, returning: config.places)) }
        if let account = accounts.cashfree { providers.append(Cashfree(account, http, returning: config.places)) }
        if let account = accounts.phonepe { providers.append(PhonePe(account, http, returning: config.places)) }
        if let account = accounts.paytm { providers.append(Paytm(account, http, returning: config.places)) }
        if let payee = accounts.payee { providers.append(DirectUPI(payee: payee)) }
        self.init(providers, standard: config.standard)
    }

    package var names: [ProviderName] { ProviderName.allCases.filter { all[$0] != nil } }

    package subscript(name: ProviderName) -> (any PaymentProvider)? { all[name] }

    /// The one that was asked for, or the one that usually takes this money.
    func choose(_ wanted: ProviderName?, for currency: String) throws(Problem) -> any PaymentProvider {
        if let wanted {
            guard let provider = all[wanted] else {
                throw .invalid("provider", .invalid, "is not one of \(names.map(\.rawValue).joined(separator: ", "))")
            }
            guard provider.currencies.contains(currency) else {
                throw .invalid("provider", .invalid, "does not take \(currency)")
            }
            return provider
        }
        if let standard, let provider = all[standard], provider.currencies.contains(currency) { return provider }
        guard let provider = names.lazy.compactMap({ all[$0] }).first(where: { $0.currencies.contains(currency) })
        else { throw Problem(.unavailable, "Nobody takes \(currency) for us at present") }
        return provider
    }
}
