import Postgres
import Queue
import Runtime
import Synchronization

/// Keeps webhooks before they are answered. Those that arrive while one statement is under way share the next: a burst
/// costs a few commits, and each has its job with its row.
package final class WebhookIntake: Sendable {
    private struct Entry: Sendable {
        let event: WebhookEvent
        let caller: UnsafeContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Entry] = []
        var running = 0
    }

    private static let largestGroup = 200
    /// Two at a time: one is written while the other waits for the disk.
    private static let lanes = 2

    private let payments: Payments
    private let loops: LoopGroup
    private let state = Mutex(State())

    package init(_ payments: Payments, loops: LoopGroup) {
        self.payments = payments
        self.loops = loops
    }

    package var providers: Providers { payments.providers }

    /// Checks who sent it, and returns when it is kept. A repetition is kept already.
    package func take(_ webhook: IncomingWebhook, from provider: any PaymentProvider) async throws {
        let note: WebhookNote
        do throws(WebhookRefusal) { note = try provider.check(webhook) } catch {
            payments.meters.refused.with(provider.name.rawValue).add()
            throw error
        }
        let event = WebhookEvent(webhook, note, from: provider.name)
        try await withUnsafeThrowingContinuation { caller in
            let mustStart = state.withLock { state in
                state.waiting.append(Entry(event: event, caller: caller))
                guard state.running < Self.lanes else { return false }
                state.running += 1
                return true
            }
            if mustStart { loops.next().spawn { await self.drain() } }
        }
        payments.meters.received.with(provider.name.rawValue).add()
    }

    private func drain() async {
        while let group = takeGroup() { await write(group) }
    }

    private func takeGroup() -> [Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            let group = Array(state.waiting.prefix(Self.largestGroup))
            state.waiting.removeFirst(group.count)
            return group
        }
    }

    private func write(_ group: [Entry]) async {
        do {
            try await store(group.map(\.event))
            for entry in group { entry.caller.resume() }
        } catch {
            for entry in group { entry.caller.resume(throwing: error) }
        }
    }

    private func store(_ events: [WebhookEvent]) async throws {
        try await payments.durable.transaction { transaction in
            // In one order, so that no two processes wait for each other in a circle.
            let ordered = events.sorted { ($0.provider.rawValue, $0.key) < ($1.provider.rawValue, $1.key) }
            let kept = Set(try await WebhookEvent.insert(ordered, on: transaction))
            try await enqueue(ordered.filter { kept.contains($0.id) }, on: transaction)
        }
    }

    /// What has arrived together is processed together; but for what is read again at its provider, which takes its time.
    private func enqueue(_ events: [WebhookEvent], on transaction: JobTransaction) async throws {
        func isWeak(_ event: WebhookEvent) -> Bool {
            providers[event.provider]?.capabilities.contains(.weakWebhooks) != false
        }
        try await transaction.enqueueAll(events.filter(isWeak).map { ProcessWebhook(event: $0.id) })
        let strong = events.filter { !isWeak($0) }.map(\.id)
        for start in stride(from: 0, to: strong.count, by: ProcessWebhookGroup.most) {
            let group = Array(strong[start..<min(start + ProcessWebhookGroup.most, strong.count)])
            try await transaction.enqueue(ProcessWebhookGroup(events: group))
        }
    }
}
