import Runtime

/// A payment as the simulator keeps it.
package struct SimulatedPayment: Sendable {
    package enum State: String, Sendable { case pending, authorized, failed, captured }

    package let id: String
    package let order: String
    package var state: State
    package var amount: Int64
    package var currency: String
    package let createdAt: Timestamp
    package var refunds: [SimulatedRefund] = []
    package var dispute: String?

    package init(
        id: String, order: String, state: State, amount: Int64, currency: String, createdAt: Timestamp
    ) {
        self.id = id
        self.order = order
        self.state = state
        self.amount = amount
        self.currency = currency
        self.createdAt = createdAt
    }
}

/// Money that went back.
package struct SimulatedRefund: Sendable {
    package let id: String
    package let reference: String
    package let payment: String
    package let amount: Int64
    package var state = "succeeded"
}

/// An order as the simulator keeps it.
package struct SimulatedOrder: Sendable {
    package let provider: String
    /// What the provider calls it.
    package let id: String
    /// What the merchant calls it.
    package let reference: String
    package let amount: Int64
    package let currency: String
    package let createdAt: Timestamp
    package var isClosed = false
    package var payments: [String] = []

    package init(
        provider: String, id: String, reference: String, amount: Int64, currency: String, createdAt: Timestamp
    ) {
        self.provider = provider
        self.id = id
        self.reference = reference
        self.amount = amount
        self.currency = currency
        self.createdAt = createdAt
    }
}

/// All that one provider knows.
package struct Till: Sendable {
    package private(set) var orders: [String: SimulatedOrder] = [:]
    package private(set) var payments: [String: SimulatedPayment] = [:]
    private var byReference: [String: String] = [:]
    private var refunds: [String: SimulatedRefund] = [:]
    /// In the order in which they came.
    package private(set) var listed: [String] = []
    private var count = 0

    package init() {}

    package mutating func number() -> String {
        count += 1
        let digits = String(count)
        return String(repeating: "0", count: max(14 - digits.count, 0)) + digits
    }

    // MARK: Orders

    package func order(reference: String) -> SimulatedOrder? { byReference[reference].flatMap { orders[$0] } }

    /// The same again is the same order.
    package mutating func open(_ order: SimulatedOrder) -> SimulatedOrder {
        if let known = self.order(reference: order.reference) { return known }
        orders[order.id] = order
        byReference[order.reference] = order.id
        return order
    }

    /// What was paid cannot be closed.
    package mutating func close(_ id: String) -> Bool {
        guard let order = orders[id], !order.payments.contains(where: { payments[$0]?.state == .captured }) else {
            return false
        }
        orders[id]?.isClosed = true
        return true
    }

    // MARK: Payments

    package mutating func keep(_ payment: SimulatedPayment) {
        if payments[payment.id] == nil {
            listed.append(payment.id)
            orders[payment.order]?.payments.append(payment.id)
        }
        payments[payment.id] = payment
    }

    package func payments(of order: SimulatedOrder) -> [SimulatedPayment] { order.payments.compactMap { payments[$0] } }

    /// A page of those that began in a time, the first `skip` left out.
    package func list(_ window: Range<Int64>, skip: Int, limit: Int) -> [SimulatedPayment] {
        let start = listed.partitioningIndex { (payments[$0]?.createdAt.seconds ?? 0) >= window.lowerBound }
        return listed[start...].dropFirst(skip).prefix(limit).compactMap { payments[$0] }
            .filter { window.contains($0.createdAt.seconds) }
    }

    // MARK: Refunds

    package enum RefundOutcome: Sendable {
        case made(SimulatedRefund)
        case known(SimulatedRefund)
        case refused
    }

    /// Under one reference money goes back once, and never more than came.
    package mutating func refund(_ payment: String, _ amount: Int64?, reference: String) -> RefundOutcome {
        if let known = refunds[reference] { return .known(known) }
        guard var paid = payments[payment], paid.state == .captured else { return .refused }
        let gone = paid.refunds.reduce(0) { $0 + $1.amount }
        let amount = amount ?? paid.amount - gone
        guard amount > 0, gone + amount <= paid.amount else { return .refused }
        let refund = SimulatedRefund(id: "rfnd_" + number(), reference: reference, payment: payment, amount: amount)
        paid.refunds.append(refund)
        payments[payment] = paid
        refunds[reference] = refund
        return .made(refund)
    }

    package func refund(reference: String) -> SimulatedRefund? { refunds[reference] }
}

extension Array {
    /// Where those begin for which it holds, in a list where it holds from some place on.
    fileprivate func partitioningIndex(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
