import Runtime

/// How money is taken.
package struct PaymentsConfig: ConfigGroup {
    package enum Mode: String, CaseIterable, Sendable { case test, production }

    /// Who takes it unless the person chooses.
    let standard: ProviderName?
    /// How long an order waits for its payment.
    let patience: Duration
    /// How long somebody stays a member who has not renewed.
    package let grace: Duration
    /// How long webhooks are kept as they came, after they were processed.
    let webhookRetention: Duration
    let accounts: ProviderAccounts
    let places: Places

    package init(from reader: inout ConfigReader) {
        standard = reader.readIfSet("PAYMENT_PROVIDER", .choice(ProviderName.razorpay))
        patience = reader.read(
            "UPI_TIMEOUT", .duration(unit: .milliseconds, in: .minutes(5) ... .hours(24)), default: .minutes(30))
        grace = reader.read(
            "SUBSCRIPTION_GRACE", .duration(unit: .seconds, in: .zero ... .days(60)), default: .days(3))
        webhookRetention = reader.read(
            "WEBHOOK_RETENTION", .duration(unit: .seconds, in: .days(7) ... .days(3650)), default: .days(180))
        accounts = ProviderAccounts(from: &reader)
        places = Places(from: &reader)
        if let standard, !accounts.names.contains(standard) {
            reader.complain("PAYMENT_PROVIDER", "names a provider whose keys are not set")
        }
    }

    /// The providers that the simulator stands in for.
    package var simulated: [ProviderName] { accounts.simulated }
}

/// The accounts that we have with providers: those whose keys are set.
struct ProviderAccounts: ConfigGroup {
    private(set) var payee: UPIPayee?
    private(set) var razorpay: RazorpayAccount?
    private(set) var stripe: StripeAccount?
    private(set) var cashfree: CashfreeAccount?
    private(set) var phonepe: PhonePeAccount?
    private(set) var paytm: PaytmAccount?
    private(set) var simulated: [ProviderName] = []

    var names: [ProviderName] {
        var names: [ProviderName] = []
        if razorpay != nil { names.append(.razorpay) }
        if cashfree != nil { names.append(.cashfree) }
        if phonepe != nil { names.append(.phonepe) }
        if paytm != nil { names.append(.paytm) }
        if stripe != nil { names.append(.stripe) }
        if payee != nil { names.append(.directUPI) }
        return names
    }

    init(from reader: inout ConfigReader) {
        let mode = reader.read("PAYMENT_MODE", .choice(PaymentsConfig.Mode.test), default: .test)
        let simulator = Self.simulator(&reader, mode)
        payee = Self.payee(&reader)
        razorpay = RazorpayAccount(from: &reader)
        stripe = StripeAccount(from: &reader)
        cashfree = CashfreeAccount(from: &reader, mode)
        phonepe = PhonePeAccount(from: &reader, mode)
        paytm = PaytmAccount(from: &reader, mode)
        if let simulator { simulate(at: simulator) }
    }

    /// Only what has no keys of its own.
    private mutating func simulate(at url: String) {
        simulated = [ProviderName.razorpay, .cashfree, .phonepe, .paytm, .stripe].filter { !names.contains($0) }
        payee = payee ?? UPIPayee(address: "simulator@switchyard", name: "Switchyard", category: "5817")
        razorpay = razorpay ?? .simulated(at: url)
        cashfree = cashfree ?? .simulated(at: url)
        phonepe = phonepe ?? .simulated(at: url)
        paytm = paytm ?? .simulated(at: url)
        stripe = stripe ?? .simulated(at: url)
    }

    private static func simulator(_ reader: inout ConfigReader, _ mode: PaymentsConfig.Mode) -> String? {
        guard let url = reader.readIfSet("PAYMENT_SIMULATOR_URL", .webAddress) else { return nil }
        if reader.isProduction || mode == .production {
            reader.complain("PAYMENT_SIMULATOR_URL", "is set, where real money is taken")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    private static func payee(_ reader: inout ConfigReader) -> UPIPayee? {
        let name = reader.read("UPI_PN", .text, default: "Switchyard")
        let category = reader.readIfSet("UPI_MC", .text)
        guard let address = reader.readIfSet("UPI_PA", .text) else { return nil }
        if !UPIPayee.isAddress(address) {
            reader.complain("UPI_PA", "is not a payee's address", example: "shop@bank")
        }
        if let category, category.utf8.count != 4 || Int(category) == nil {
            reader.complain("UPI_MC", "is not a category of four digits", example: "5817")
        }
        return UPIPayee(address: address, name: name, category: category)
    }
}

extension ConfigReader {
    /// Whether an account is set as a whole; says what is missing of one that is set in part.
    mutating func complainUnlessWhole(_ parts: [(name: String, isSet: Bool)]) -> Bool {
        let missing = parts.filter { !$0.isSet }
        if missing.isEmpty { return true }
        if missing.count < parts.count {
            for part in missing { complain(part.name, "is missing, while the rest of the account is set") }
        }
        return false
    }
}
