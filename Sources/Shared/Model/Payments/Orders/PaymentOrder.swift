import Crypto
import JSON
import Runtime

/// What somebody wants to pay for.
package struct PaymentOrder: Sendable {
    package enum Status: String, Sendable, CaseIterable {
        /// Waits for its payment.
        case pending
        /// A payment has failed; another may still come, and so may this one.
        case failed
        case expired, paid, refunded
    }

    package let id: ID<PaymentOrder>
    package let user: ID<User>
    /// What everybody outside calls it by.
    package let reference: String
    package let plan: String
    package let cycle: PlanCycle
    package let amount: Int64
    package let credited: Int64
    package let currency: String
    package let provider: ProviderName
    package let providerOrderID: String?
    package let paymentURL: String?
    package let upiPayload: String?
    package let status: Status
    package let billing: Billing
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    package let paidAt: Timestamp?

    /// Letters and digits alone: some apps drop the rest.
    static func newReference() -> String { "SY" + Base32.encode(SecureRandom.bytes(15)) }
}

/// Who is billed, and where they are taken to live.
package struct Billing: Sendable, Equatable {
    package let name: String
    /// ISO 3166.
    package let country: String
    /// In India the state's number in the law of the tax; elsewhere any name.
    package let state: String
    package let address: String?
    /// Of whoever is registered for the tax.
    package let gstin: String?

    package init(name: String, country: String, state: String, address: String?, gstin: String?) throws(Problem) {
        self.name = name
        self.country = country
        self.address = address
        self.gstin = gstin
        guard country == "IN" else {
            self.state = state
            if gstin != nil { throw .invalid("billing.gstin", .invalid, "is for customers in India") }
            return
        }
        guard let known = IndianState(state) else {
            throw .invalid("billing.state", .invalid, "is no state of India, by name or by number")
        }
        self.state = known.number
        guard let gstin else { return }
        guard GSTIN.isWellFormed(gstin) else { throw .invalid("billing.gstin", .badFormat, "is not a valid GSTIN") }
        guard gstin.prefix(2) == known.number else {
            throw .invalid("billing.gstin", .invalid, "is of another state")
        }
    }

    /// As it was stored.
    init(stored name: String, _ country: String, _ state: String, _ address: String?, _ gstin: String?) {
        self.name = name
        self.country = country
        self.state = state
        self.address = address
        self.gstin = gstin
    }

    /// In which money somebody there pays.
    var currency: String { country == "IN" ? "INR" : "USD" }
}

/// What somebody asks for.
package struct NewOrder: Sendable {
    package let plan: String
    package let cycle: PlanCycle
    package let provider: ProviderName?
    package let billing: Billing
    /// The idempotency key of the request.
    package let clientKey: String?

    package init(plan: String, cycle: PlanCycle, provider: ProviderName?, billing: Billing, clientKey: String?) {
        self.plan = plan
        self.cycle = cycle
        self.provider = provider
        self.billing = billing
        self.clientKey = clientKey
    }

    /// Tells a repetition from another wish under the same key.
    var digest: [UInt8] {
        let parts = [
            plan, cycle.rawValue, provider?.rawValue ?? "", billing.name, billing.country, billing.state,
            billing.address ?? "", billing.gstin ?? "",
        ]
        return Hash.sha256(parts.map { "\($0.utf8.count):\($0)" }.joined())
    }
}
