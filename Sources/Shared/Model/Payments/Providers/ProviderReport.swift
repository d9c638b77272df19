import Runtime

/// What a provider tells of one order: facts, which may be late, repeated, and in any order.
package struct ProviderReport: Sendable, Equatable {
    /// What we called the order.
    package var reference: String?
    /// What the provider calls it.
    package var orderID: String?
    package var payments: [PaymentFact] = []
    package var refunds: [RefundFact] = []
    package var disputes: [DisputeFact] = []
    /// Whether the provider will take no payment of it any more.
    package var isClosed = false

    package init(
        reference: String? = nil, orderID: String? = nil, payments: [PaymentFact] = [], refunds: [RefundFact] = [],
        disputes: [DisputeFact] = [], isClosed: Bool = false
    ) {
        self.reference = reference
        self.orderID = orderID
        self.payments = payments
        self.refunds = refunds
        self.disputes = disputes
        self.isClosed = isClosed
    }
}

/// How a payment is, as its provider said at some time.
package struct PaymentFact: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case pending, authorized, failed, captured
    }

    package let id: String
    package let state: State
    package let amount: Int64
    package let currency: String
    package var method: String?
    package var bankReference: String?
    package var failure: String?

    package init(
        _ id: String, _ state: State, amount: Int64, currency: String, method: String? = nil,
        bankReference: String? = nil, failure: String? = nil
    ) {
        self.id = id
        self.state = state
        self.amount = amount
        self.currency = currency
        self.method = method
        self.bankReference = bankReference
        self.failure = failure
    }
}

/// How a refund is.
package struct RefundFact: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case submitted, succeeded, failed
    }

    package let id: String
    /// What we called it; nil where the provider made it by itself.
    package let reference: String?
    /// The provider's id of the payment; empty where it does not say.
    package let payment: String
    package let state: State
    package let amount: Int64
    package let currency: String

    package init(
        _ id: String, reference: String?, of payment: String, _ state: State, amount: Int64, currency: String
    ) {
        self.id = id
        self.reference = reference
        self.payment = payment
        self.state = state
        self.amount = amount
        self.currency = currency
    }
}

/// How a dispute is: the payer's bank wants the money back.
package struct DisputeFact: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case open, won, lost
    }

    package let id: String
    package let payment: String
    package let state: State

    package init(_ id: String, of payment: String, _ state: State) {
        self.id = id
        self.payment = payment
        self.state = state
    }
}

/// Some of what a provider lists.
package struct ReportPage: Sendable {
    package let reports: [ProviderReport]
    /// Where the next page begins; nil after the last one.
    package let next: String?

    package init(_ reports: [ProviderReport], next: String?) {
        self.reports = reports
        self.next = next
    }
}

/// A refund as it is asked for.
package struct RefundOrder: Sendable {
    /// Unique for good: what the provider tells repetitions by.
    package let reference: String
    package let paymentID: String
    package let order: PaymentOrder?
    package let amount: Int64
    package let currency: String
    package let reason: String
    package let providerRefundID: String?
}
