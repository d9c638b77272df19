import JSON
import Postgres
import Queue
import Runtime

/// Asks a provider for an order that is not final, as often as providers want it.
package struct PollOrder: Job, Codable, Equatable {
    package static let kind = "payment.poll_order"
    package static let queue = QueueName.payments
    package static var retry: RetryPolicy { .exponential(attempts: 8, base: .seconds(5), cap: .minutes(5)) }
    package let order: ID<PaymentOrder>
    let round: Int

    package init(order: ID<PaymentOrder>, round: Int) {
        self.order = order
        self.round = round
    }

    /// What PhonePe prescribes: after 20 s, then every 3, 6, 10, 30 and 60 s; from 20 minutes on every hour.
    static func wait(before round: Int) -> Duration {
        switch round {
        case 0: .seconds(20)
        case 1...10: .seconds(3)
        case 11...20: .seconds(6)
        case 21...26: .seconds(10)
        case 27...28: .seconds(30)
        case 29...46: .seconds(60)
        default: .hours(1)
        }
    }
}

extension Payments {
    /// Reads an order at its provider, and takes in what is said of it.
    package func read(
        _ order: PaymentOrder, from source: FactSource,
        finishing: (_ body: (JobTransaction) async throws -> Taken) async throws -> Taken
    ) async throws -> Taken {
        guard let provider = providers[order.provider], provider.capabilities.contains(.reports) else {
            return Taken(order: order.id, status: order.status)
        }
        let report = try await provider.asked { provider async throws(ProviderError) in
            try await provider.report(on: order)
        }
        let taken = try await finishing { transaction in
            try await take(report, of: order.provider, from: source, on: transaction)
        }
        if taken.hasNews { await tell(order.id) }
        return taken
    }

    package func poll(_ job: PollOrder, _ context: JobContext) async throws {
        guard let order = try await PaymentOrder.find(job.order, on: database) else {
            throw JobOutcome.discard("the order is gone")
        }
        let until = order.createdAt + .hours(72)
        _ = try await read(order, from: .poll) { take in
            try await context.transaction { transaction in
                let taken = try await take(transaction)
                let isOpen = taken.status == .pending || taken.status == .failed || taken.status == .expired
                if isOpen, now < until {
                    let next = PollOrder(order: order.id, round: job.round + 1)
                    try await transaction.enqueue(next, JobOptions(runAt: now + PollOrder.wait(before: next.round)))
                }
                return taken
            }
        }
    }

    /// An order whose time is over is closed at its provider, so that nobody pays it late, and read once more: it ends
    /// only if nothing has come. Later money is still taken.
    package func expire(_ job: ExpireOrder, _ context: JobContext) async throws {
        guard let order = try await PaymentOrder.find(job.order, on: database) else {
            throw JobOutcome.discard("the order is gone")
        }
        guard order.status == .pending || order.status == .failed else { throw JobOutcome.discard("it has ended") }
        if order.expiresAt > now { throw JobOutcome.snooze(order.expiresAt - now) }
        try await close(order)
        let source = providers[order.provider]?.capabilities.contains(.reports) == true && order.providerOrderID != nil
        guard source else {
            try await context.transaction { try await end(order.id, on: $0) }
            return await tell(order.id)
        }
        _ = try await read(order, from: .poll) { take in
            try await context.transaction { transaction in
                var taken = try await take(transaction)
                if taken.status == .pending || taken.status == .failed {
                    try await end(order.id, on: transaction)
                    taken.hasNews = true
                }
                return taken
            }
        }
    }

    private func close(_ order: PaymentOrder) async throws {
        guard let provider = providers[order.provider], provider.capabilities.contains(.closes),
            order.providerOrderID != nil
        else { return }
        try await provider.asked { provider async throws(ProviderError) in
            do throws(ProviderError) { try await provider.close(order) } catch {
                // What was paid or has ended there cannot be closed; what it is, is read next.
                switch error {
                case .refused, .absent: return
                default: throw error
                }
            }
        }
    }

    private func end(_ id: ID<PaymentOrder>, on transaction: JobTransaction) async throws {
        let ended: ID<User>? = try await transaction.first(
            """
            update payment_orders set status = 'expired', changed_at = \(now)
            where id = \(id) and status in ('pending', 'failed')
            returning user_id
            """)
        guard let ended else { return }
        try await UserChange.record(.payments, id.uuid, of: ended, at: now, on: transaction)
    }

    func tell(_ id: ID<PaymentOrder>?) async { await tell(id.map { [$0] } ?? []) }

    /// Tells people's devices how their orders stand. Who misses it learns it with the next sync.
    func tell(_ ids: [ID<PaymentOrder>]) async {
        guard !ids.isEmpty, let stage else { return }
        do {
            let deliveries = try await PaymentOrder.all(ids, on: database).compactMap { order in
                EventFrame("payment.updated", ShownOrder(order, config.places)).bytes.map {
                    Delivery(nil, to: .people([order.user]), $0)
                }
            }
            try await stage.publish(deliveries)
        } catch {
            log.debug("payments are not told", ["orders": .int(ids.count), "error": .error(error)])
        }
    }
}
