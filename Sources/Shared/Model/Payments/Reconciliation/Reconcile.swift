import Postgres
import Queue
import Runtime

extension Payments {
    /// Compares page by page, and holds no more than a page. What one provider does not answer holds up no other.
    @discardableResult
    package func reconcile(_ job: ReconcilePayments, _ config: ReconciliationConfig) async throws -> ReconciliationRun {
        let end = min(job.until ?? now, now)
        let span = Duration.hours(job.hours ?? config.hours)
        let window = (end - span)..<end
        let id = try await ReconciliationRun.begin("providers", window, isManual: job.isManual, at: now, on: database)
        let comparison = Comparison(self, id, attempts: config.attempts)
        var failures: [String] = []
        for provider in providers.names.compactMap({ providers[$0] }) {
            try Task.checkCancellation()
            // Where payments come that late, they are looked for that long.
            let reach = max(span, provider.lateness)
            do {
                try await comparison.compare(provider, (end - reach)..<end)
            } catch let error as ProviderError {
                failures.append("\(provider.name.rawValue): \(error)")
            }
        }
        let counts = comparison.counts
        let run = try await ReconciliationRun.finish(
            id, checked: counts.checked, matched: counts.matched,
            failure: failures.isEmpty ? nil : failures.joined(separator: "; "), at: now, on: database)
        meters.matches.add(counts.matched)
        meters.unmatched.set(Int(run.reported))
        meters.reconciledAt.set(now.inSeconds)
        report(run, threshold: config.alertThreshold)
        return run
    }

    private func report(_ run: ReconciliationRun, threshold: Int) {
        let facts: LogMetadata = [
            "run.id": .id(run.id), "checked": .int(Int(run.checked)), "matched": .int(Int(run.matched)),
            "repaired": .int(Int(run.repaired)), "reported": .int(Int(run.reported)),
            "failure": .string(run.failure ?? ""),
        ]
        if run.reported > threshold {
            log.error("reconciliation found more than it may: somebody has to look", facts)
        } else {
            log.info("reconciliation is done", facts)
        }
    }
}

/// One run on its way through the providers.
private final class Comparison {
    let payments: Payments
    let run: ID<ReconciliationRun>
    let attempts: Int
    private(set) var counts = (checked: 0, matched: 0)

    private static let page = 200
    /// What is younger may be on its way to us.
    private static let freshness = Duration.minutes(2)

    init(_ payments: Payments, _ run: ID<ReconciliationRun>, attempts: Int) {
        self.payments = payments
        self.run = run
        self.attempts = attempts
    }

    func compare(_ provider: any PaymentProvider, _ window: Range<Timestamp>) async throws {
        guard provider.capabilities.contains(.reports) else { return }
        if provider.capabilities.contains(.lists) {
            try await compareList(provider, window)
            try await lookForMissing(provider, window)
        }
        try await readUnfinished(provider, window)
    }

    // MARK: What the provider lists

    private func compareList(_ provider: any PaymentProvider, _ window: Range<Timestamp>) async throws {
        var place: String?
        repeat {
            try Task.checkCancellation()
            let page = try await patiently { () async throws(ProviderError) in
                try await provider.list(window, from: place)
            }
            try await compare(page.reports, provider.name)
            place = page.next
        } while place != nil
    }

    /// One statement says which of a page are the same here; the others are taken in.
    private func compare(_ reports: [ProviderReport], _ provider: ProviderName) async throws {
        let facts = reports.flatMap(\.payments)
        counts.checked += facts.count
        let same: [String] = try await payments.database.all(
            """
            update payments m set seen_run = \(run)
            from unnest(
                \(facts.map(\.id)), \(facts.map(\.state.rawValue)), \(facts.map(\.amount)), \(facts.map(\.currency))
            ) f (id, state, amount, currency)
            where m.provider = \(provider) and m.provider_payment_id = f.id and m.state = f.state
                and m.amount = f.amount and m.currency = f.currency
            returning m.provider_payment_id
            """)
        counts.matched += same.count
        let known = Set(same)
        for report in reports where report.payments.contains(where: { !known.contains($0.id) }) {
            try await take(report, provider)
        }
    }

    private func take(_ report: ProviderReport, _ provider: ProviderName) async throws {
        let taken = try await payments.durable.transaction { transaction in
            let taken = try await payments.take(report, of: provider, from: .reconciliation, on: transaction)
            for item in items(taken, report, provider) { try await item.insert(in: run, on: transaction) }
            try await transaction.run(
                """
                update payments set seen_run = \(run)
                where provider = \(provider) and provider_payment_id = any (\(report.payments.map(\.id)))
                """)
            return taken
        }
        if taken.hasNews { await payments.tell(taken.order) }
    }

    private func items(_ taken: Taken, _ report: ProviderReport, _ provider: ProviderName) -> [ReconciliationItem] {
        let payment = report.payments.first?.id
        func item(_ finding: ReconciliationItem.Finding, isRepaired: Bool, _ detail: String) -> ReconciliationItem {
            ReconciliationItem(
                finding, of: provider, isRepaired: isRepaired, order: taken.order, payment: payment, detail,
                at: payments.now)
        }
        var items: [ReconciliationItem] = []
        if !taken.accepted.isEmpty {
            items.append(item(.paidUnknown, isRepaired: true, "was paid, and nobody had told us"))
        }
        items += taken.excess.map { item(.excess, isRepaired: false, $0.rawValue) }
        if taken.contradictions > 0 {
            items.append(item(.amountMismatch, isRepaired: false, "is otherwise there than here"))
        }
        return items
    }

    // MARK: What we have and the provider does not

    private func lookForMissing(_ provider: any PaymentProvider, _ window: Range<Timestamp>) async throws {
        // At the edges what is listed there and here may differ.
        let (start, end) = (window.lowerBound + .hours(1), window.upperBound - Self.freshness)
        var last: ID<Payment>?
        while true {
            let missing: [Payment] = try await payments.database.all(
                """
                select \(literally: Payment.columns) from payments m
                where m.provider = \(provider.name) and m.first_seen_at >= \(start) and m.first_seen_at < \(end)
                    and m.state = 'captured' and m.seen_run is distinct from \(run)
                    and (\(last)::uuid is null or m.id > \(last))
                order by m.id
                limit \(Self.page)
                """)
            for payment in missing where try await !isThere(payment, provider) {
                counts.checked += 1
                try await ReconciliationItem(
                    .unknownAtProvider, of: provider.name, isRepaired: false, order: payment.order,
                    payment: payment.providerPaymentID, "is paid here, and unknown there", at: payments.now
                ).insert(in: run, on: payments.database)
            }
            guard let end = missing.last else { return }
            last = end.id
        }
    }

    /// It may have begun before the window.
    private func isThere(_ payment: Payment, _ provider: any PaymentProvider) async throws -> Bool {
        guard let id = payment.order, let order = try await PaymentOrder.find(id, on: payments.database) else {
            return false
        }
        do {
            let report = try await patiently { () async throws(ProviderError) in try await provider.report(on: order) }
            return report.payments.contains { $0.id == payment.providerPaymentID && $0.state == .captured }
        } catch ProviderError.absent { return false }
    }

    // MARK: What has not ended

    /// Where nothing is listed every open order is read; elsewhere those whose payment has begun and does not end.
    private func readUnfinished(_ provider: any PaymentProvider, _ window: Range<Timestamp>) async throws {
        let isListed = provider.capabilities.contains(.lists)
        var last: (Timestamp, ID<PaymentOrder>)?
        while true {
            let orders: [PaymentOrder] = try await payments.database.all(
                """
                select \(literally: PaymentOrder.columns) from payment_orders o
                where o.provider = \(provider.name) and o.created_at >= \(window.lowerBound)
                    and o.created_at < \(window.upperBound - Self.freshness)
                    and o.status in ('pending', 'failed', 'expired') and o.provider_order_id is not null
                    and (not \(isListed) or exists (
                        select from payments m where m.order_id = o.id and m.state in ('pending', 'authorized')
                    ))
                    and (\(last?.0)::timestamptz is null or (o.created_at, o.id) > (\(last?.0), \(last?.1)))
                order by o.created_at, o.id
                limit \(Self.page)
                """)
            try await read(orders, provider)
            guard let end = orders.last else { return }
            last = (end.createdAt, end.id)
        }
    }

    private func read(_ orders: [PaymentOrder], _ provider: any PaymentProvider) async throws {
        for order in orders {
            try Task.checkCancellation()
            counts.checked += 1
            let report: ProviderReport
            do {
                report = try await patiently { () async throws(ProviderError) in try await provider.report(on: order) }
            } catch ProviderError.absent { continue } catch ProviderError.refused { continue }
            try await take(report, provider.name)
            let isStuck = report.payments.contains { $0.state == .pending || $0.state == .authorized }
            guard isStuck, order.expiresAt + .hours(1) < payments.now else { continue }
            try await ReconciliationItem(
                .stuckPending, of: provider.name, isRepaired: false, order: order.id,
                payment: report.payments.first?.id,
                "has begun, and does not end", at: payments.now
            ).insert(in: run, on: payments.database)
        }
    }

    private func patiently<Value>(
        _ ask: () async throws(ProviderError) -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do throws(ProviderError) { return try await ask() } catch {
                switch error {
                case .busy(_, let delay) where attempt < attempts:
                    try await SystemClock().sleep(for: min(delay ?? .milliseconds(200 << attempt), .seconds(10)))
                case .unknown where attempt < attempts:
                    try await SystemClock().sleep(for: .milliseconds(200 << attempt))
                default: throw error
                }
            }
            attempt += 1
        }
    }
}
