import Model
import Queue
import Runtime

/// Hands pushes to their providers, and makes of what those say what becomes of the jobs.
package final class PushOffice: Sendable {
    /// Where one provider is reached.
    private struct Window: Sendable {
        let provider: any PushProvider
        let breaker: ProviderBreaker
    }

    private let desk: PushDesk
    private let windows: [Device.Platform: Window]
    private let meters: PushMeters
    private let log: Logger

    package init(
        _ desk: PushDesk, _ providers: [Device.Platform: any PushProvider],
        patience: ProviderBreaker.Patience = ProviderBreaker.Patience(), metrics: MetricsRegistry, log: Logger
    ) {
        self.desk = desk
        self.log = log.part("push")
        meters = PushMeters(metrics)
        windows = providers.mapValues { Window(provider: $0, breaker: ProviderBreaker(patience)) }
    }

    /// How each job ends; nil: it is done.
    package func send(_ jobs: [(id: JobID, job: SendPush)]) async throws -> [(any Error)?] {
        var outcomes = [(any Error)?](repeating: nil, count: jobs.count)
        let pushes = try await desk.pushes(for: jobs)
        let ended = await withTaskGroup(of: [Ended].self) { group in
            for (platform, pushes) in pushes { group.addTask { await self.send(pushes, to: platform) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        for one in ended { outcomes[one.place] = one.outcome }
        try await desk.forget(ended.compactMap(\.gone))
        return outcomes
    }

    package func shutDown() async { for window in windows.values { await window.provider.shutDown() } }

    private struct Ended: Sendable {
        let place: Int
        let outcome: (any Error)?
        var gone: Push?
    }

    private func send(_ pushes: [(place: Int, push: Push)], to platform: Device.Platform) async -> [Ended] {
        guard let window = windows[platform] else {
            meters.count(platform, "no_provider", pushes.count)
            return []
        }
        var waiting = pushes[...]
        switch window.breaker.ask() {
        case .all: waiting = []
        case .one: waiting = pushes.dropFirst()
        case .none: break
        }
        let going = pushes.prefix(pushes.count - waiting.count)
        let verdicts = going.isEmpty ? [] : await window.provider.send(going.map(\.push))
        if !verdicts.isEmpty { note(verdicts, window, platform) }
        var ended = zip(going, verdicts).map { end($0, $1, window, platform) }
        ended += waiting.map { Ended(place: $0.place, outcome: window.breaker.snooze) }
        return ended
    }

    private func end(
        _ sent: (place: Int, push: Push), _ verdict: PushVerdict, _ window: Window, _ platform: Device.Platform
    ) -> Ended {
        meters.count(platform, verdict.name)
        switch verdict {
        case .delivered: return Ended(place: sent.place, outcome: nil)
        case .gone: return Ended(place: sent.place, outcome: nil, gone: sent.push)
        case .refused(let reason): return Ended(place: sent.place, outcome: JobOutcome.fail(reason))
        case .tooMany(let wait):
            let outcome: any Error =
                wait.map { JobOutcome.retryAfter($0, "too many") } ?? PushFailed(reason: "too many")
            return Ended(place: sent.place, outcome: outcome)
        case .down(let reason, _), .locked(let reason):
            let outcome: any Error = window.breaker.isOpen ? window.breaker.snooze : PushFailed(reason: reason)
            return Ended(place: sent.place, outcome: outcome)
        }
    }

    /// What the answers say of the provider itself.
    private func note(_ verdicts: [PushVerdict], _ window: Window, _ platform: Device.Platform) {
        let wasOpen = window.breaker.isOpen
        let failures = verdicts.compactMap(\.failure)
        if failures.count < verdicts.count { window.breaker.answered() }
        let wait = failures.compactMap(\.wait).max()
        if failures.count == verdicts.count || wait != nil {
            let isLocked = failures.contains { $0.isLocked }
            window.breaker.failed(isLocked ? .max : failures.count, after: wait)
        }
        let isOpen = window.breaker.isOpen
        meters.show(platform, isOpen: isOpen)
        guard isOpen != wasOpen else { return }
        let facts: LogMetadata = [
            "platform": .string(platform.rawValue), "reason": .string(failures.first?.reason ?? ""),
        ]
        if !isOpen {
            log.info("a push provider answers again", facts)
        } else if failures.contains(where: \.isLocked) {
            log.error("a push provider does not let us in: its pushes wait", facts)
        } else {
            log.warning("a push provider does not answer: its pushes wait", facts)
        }
    }
}

/// Why a push could not be sent.
struct PushFailed: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

extension PushVerdict {
    fileprivate var failure: (reason: String, wait: Duration?, isLocked: Bool)? {
        switch self {
        case .down(let reason, let wait): (reason, wait, false)
        case .locked(let reason): (reason, nil, true)
        case .delivered, .gone, .refused, .tooMany: nil
        }
    }

    fileprivate var name: String {
        switch self {
        case .delivered: "delivered"
        case .gone: "gone"
        case .refused: "refused"
        case .tooMany: "too_many"
        case .down: "down"
        case .locked: "locked"
        }
    }
}

/// What can be seen of pushes.
private struct PushMeters: Sendable {
    private let sent: Family<Counter>
    private let open: Family<Gauge>

    init(_ metrics: MetricsRegistry) {
        sent = metrics.counters("push_sent_total", "Pushes by what became of them.", labels: ["platform", "outcome"])
        open = metrics.gauges(
            "push_breaker_open", "1 while a provider is not asked because it does not answer.", labels: ["platform"])
    }

    func count(_ platform: Device.Platform, _ outcome: String, _ number: Int = 1) {
        sent.with(platform.rawValue, outcome).add(number)
    }

    func show(_ platform: Device.Platform, isOpen: Bool) { open.with(platform.rawValue).set(isOpen ? 1 : 0) }
}
