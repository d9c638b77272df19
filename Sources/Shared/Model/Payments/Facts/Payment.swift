import Postgres
import Runtime

/// A payment: what its provider has said of it so far, and what we make of it.
package struct Payment: Sendable {
    package enum Standing: String, Sendable, CaseIterable {
        /// Nothing has come in yet.
        case open
        /// Pays its order.
        case accepted
        /// Money that belongs to no order as it is.
        case excess
    }

    package enum Excess: String, Error, CaseIterable {
        case secondPayment = "second_payment"
        case wrongAmount = "wrong_amount"
        case wrongCurrency = "wrong_currency"
        case unknownOrder = "unknown_order"
        case alreadyLifetime = "already_lifetime"
        case creditSpent = "credit_spent"
    }

    package let id: ID<Payment>
    package let provider: ProviderName
    package let providerPaymentID: String
    package var order: ID<PaymentOrder>?
    package var amount: Int64
    package var currency: String
    package var state: PaymentFact.State
    package var method: String?
    package var bankReference: String?
    package var failure: String?
    package var dispute: DisputeFact.State?
    package let firstSeenAt: Timestamp
    package var changedAt: Timestamp
    package var capturedAt: Timestamp?
    package var standing: Standing
    package var excess: Excess?
}

/// Who told us.
package enum FactSource: Sendable, Equatable {
    case webhook(UUID)
    case poll, reconciliation, statement, confirmation

    var name: String {
        switch self {
        case .webhook: "webhook"
        case .poll: "poll"
        case .reconciliation: "reconciliation"
        case .statement: "statement"
        case .confirmation: "confirmation"
        }
    }

    var event: UUID? { if case .webhook(let id) = self { id } else { nil } }
}

extension Payment {
    /// What a further report means.
    enum Reading: Equatable {
        /// Nothing that was not known.
        case known
        case news
        /// It cannot be after what was reported before: kept, told, and not believed.
        case contradiction
    }

    /// Takes in a report. Money that has come in stays: what fails afterwards, or becomes another amount, contradicts.
    /// What has failed may still be paid, which is ordinary with UPI.
    mutating func take(_ fact: PaymentFact, at now: Timestamp) -> Reading {
        if state == .captured {
            let isSame = fact.amount == amount && fact.currency == currency
            if fact.state == .captured, isSame { return learn(fact) ? .news : .known }
            // An earlier state that arrives late says nothing against it.
            return fact.state == .failed || !isSame ? .contradiction : .known
        }
        guard Self.rank(fact.state) >= Self.rank(state) else { return .known }
        let isNews = fact.state != state || fact.amount != amount || fact.currency != currency
        (state, amount, currency) = (fact.state, fact.amount, fact.currency)
        if state == .captured { capturedAt = now }
        let hasLearnt = learn(fact)
        return isNews || hasLearnt ? .news : .known
    }

    /// What only adds.
    private mutating func learn(_ fact: PaymentFact) -> Bool {
        let before = (method, bankReference, failure)
        method = method ?? fact.method
        bankReference = bankReference ?? fact.bankReference
        failure = state == .failed ? fact.failure ?? failure : nil
        return before != (method, bankReference, failure)
    }

    /// A failed one may be authorised late, and is then not failed any more.
    private static func rank(_ state: PaymentFact.State) -> Int {
        switch state {
        case .pending: 0
        case .failed: 1
        case .authorized: 2
        case .captured: 3
        }
    }
}
