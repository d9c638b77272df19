import Postgres
import Queue
import Runtime

/// A webhook, and what its provider says with it.
private struct ReadWebhook {
    let event: WebhookEvent
    let reports: [ProviderReport]
    /// Why there are none.
    let remark: String?
}

extension Payments {
    package func process(_ job: ProcessWebhook, _ context: JobContext) async throws {
        guard let event = try await WebhookEvent.all([job.event], on: database).first else {
            throw JobOutcome.discard("the event is gone")
        }
        try await process([event], context)
    }

    /// Together once. Then each for itself, so that one that cannot be processed holds up no other.
    package func process(_ job: ProcessWebhookGroup, _ context: JobContext) async throws {
        guard context.attempt == 1 else {
            return try await context.transaction { transaction in
                _ = try await transaction.enqueueAll(job.events.map { ProcessWebhook(event: $0) })
            }
        }
        try await process(try await WebhookEvent.all(job.events, on: database), context)
    }

    private func process(_ events: [WebhookEvent], _ context: JobContext) async throws {
        let start = MonotonicTime.now
        var webhooks: [ReadWebhook] = []
        for event in events { webhooks.append(try await read(event)) }
        let taken = try await context.transaction { try await take(webhooks, on: $0) }
        meters.processing.observe(since: start)
        for event in events { meters.webhooks.observe(now - event.receivedAt) }
        await tell(taken.filter(\.hasNews).compactMap(\.order))
    }

    /// Of one that its provider does not sign well enough the order is read again there, and that is what counts.
    private func read(_ event: WebhookEvent) async throws -> ReadWebhook {
        guard let provider = providers[event.provider] else {
            throw JobOutcome.fail("\(event.provider.rawValue) is not configured any more")
        }
        let content: WebhookContent
        do throws(WebhookRefusal) { content = try provider.read(event.body) } catch {
            return ReadWebhook(event: event, reports: [], remark: "cannot be read")
        }
        let reports = try await confirmed(content.reports, by: provider)
        return ReadWebhook(
            event: event, reports: reports, remark: reports.isEmpty ? "nothing that concerns us" : nil)
    }

    private func take(_ webhooks: [ReadWebhook], on transaction: JobTransaction) async throws -> [Taken] {
        let reports = webhooks.flatMap { webhook in webhook.reports.map { (event: webhook.event, report: $0) } }
        var all: [Taken] = []
        var applied: Set<ID<WebhookEvent>> = []
        // Orders are locked in one order, whoever else is at it.
        for (event, report) in reports.sorted(by: { ($0.report.reference ?? "") < ($1.report.reference ?? "") }) {
            let taken = try await record(
                report, of: event.provider, from: .webhook(event.id.uuid), on: transaction)
            if taken.hasNews { applied.insert(event.id) }
            all.append(taken)
        }
        if all.contains(where: { !$0.accepted.isEmpty }) { try await bill(on: transaction) }
        try await WebhookEvent.finish(
            webhooks.map { ($0.event.id, applied.contains($0.event.id) ? .applied : .ignored, $0.remark) }, at: now,
            on: transaction)
        return all
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
