import Postgres
import Queue
import Runtime

extension Payments {
    /// Puts a webhook into the books. Of one that its provider does not sign well enough the order is read again there,
    /// and that is what counts.
    package func process(_ job: ProcessWebhook, _ context: JobContext) async throws {
        guard let event = try await WebhookEvent.find(job.event, on: database) else {
            throw JobOutcome.discard("the event is gone")
        }
        guard let provider = providers[event.provider] else {
            throw JobOutcome.fail("\(event.provider.rawValue) is not configured any more")
        }
        let start = MonotonicTime.now
        let content: WebhookContent
        do throws(WebhookRefusal) { content = try provider.read(event.body) } catch {
            return try await context.transaction { transaction in
                try await WebhookEvent.finish(event.id, .ignored, "cannot be read", at: now, on: transaction)
            }
        }
        let reports = try await confirmed(content.reports, by: provider)
        let taken = try await context.transaction { transaction in
            var all: [Taken] = []
            // Orders are locked in one order, should an event be about several.
            for report in reports.sorted(by: { ($0.reference ?? "") < ($1.reference ?? "") }) {
                all.append(try await take(report, of: event.provider, from: .webhook(event.id.uuid), on: transaction))
            }
            let hasNews = all.contains(where: \.hasNews)
            try await WebhookEvent.finish(
                event.id, hasNews ? .applied : .ignored, reports.isEmpty ? "nothing that concerns us" : nil, at: now,
                on: transaction)
            return all
        }
        meters.processing.observe(since: start)
        meters.webhooks.observe(now - event.receivedAt)
        for one in taken where one.hasNews { await tell(one.order) }
    }

    private func confirmed(
        _ reports: [ProviderReport], by provider: any PaymentProvider
    ) async throws -> [ProviderReport] {
        guard provider.capabilities.contains(.weakWebhooks) else { return reports }
        var confirmed: [ProviderReport] = []
        for report in reports {
            guard let order = try await PaymentOrder.find(report, of: provider.name, on: database) else {
                log.warning("a webhook is about no order of ours", ["provider": .string(provider.name.rawValue)])
                continue
            }
            confirmed.append(
                try await provider.asked { provider async throws(ProviderError) in
                    try await provider.report(on: order)
                })
        }
        return confirmed
    }
}

/// Has the events of a time processed once more: harmless, whatever was done before.
package struct WebhookReplay: Sendable {
    private let durable: DurableQueue

    package init(_ durable: DurableQueue) { self.durable = durable }

    package func run(
        _ window: Range<Timestamp>, of provider: ProviderName?, unprocessedAlone: Bool
    ) async throws -> Int {
        var (last, count) = (ID<WebhookEvent>?.none, 0)
        while true {
            let ids = try await WebhookEvent.ids(
                window, of: provider, unprocessedAlone: unprocessedAlone, after: last, limit: 500,
                on: durable.database)
            guard let end = ids.last else { return count }
            try await durable.enqueueAll(ids.map { ProcessWebhook(event: $0) })
            (last, count) = (end, count + ids.count)
        }
    }
}

extension PaymentOrder {
    static func find(
        _ report: ProviderReport, of provider: ProviderName, on sql: some SQLRunner
    ) async throws -> PaymentOrder? {
        try await sql.first(
            """
            select \(literally: columns) from payment_orders o
            where o.provider = \(provider)
                and (o.reference = \(report.reference) or o.provider_order_id = \(report.orderID))
            limit 1
            """)
    }
}
