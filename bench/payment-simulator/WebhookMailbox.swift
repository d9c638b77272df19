import HTTP
import Runtime
import Synchronization

/// Brings webhooks to the merchant: late, twice or never, as the weather is; again where they are not taken.
final class WebhookMailbox: Sendable {
    private let target: String?
    private let http: HTTPClient
    private let loops: LoopGroup
    private let waiting = Mutex(0)

    /// How often one is sent that is not taken.
    private static let attempts = 12

    init(target: String?, http: HTTPClient, loops: LoopGroup) {
        self.target = target
        self.http = http
        self.loops = loops
    }

    /// How many are still on their way.
    var count: Int { waiting.withLock { $0 } }

    func send(_ dialect: any Dialect, _ event: SimulatedEvent, in weather: Weather) {
        guard let target else { return }
        for webhook in dialect.webhooks(event) {
            if weather.happens(weather.lost) { continue }
            for _ in 0..<(weather.happens(weather.repeated) ? 2 : 1) {
                let delay = weather.happens(weather.late) ? weather.delay * Double.random(in: 0...1) : .zero
                waiting.withLock { $0 += 1 }
                loops.next().spawn { [self] in
                    await deliver(webhook, to: "\(target)/\(dialect.name)", after: delay)
                    waiting.withLock { $0 -= 1 }
                }
            }
        }
    }

    private func deliver(_ webhook: SimulatedWebhook, to url: String, after delay: Duration) async {
        do {
            if delay > .zero { try await SystemClock().sleep(for: delay) }
            for attempt in 0..<Self.attempts {
                let request = HTTPRequest(.post, url, headers: webhook.headers, body: .bytes(webhook.body))
                if let answer = try? await http.send(request), answer.isSuccess { return }
                try await SystemClock().sleep(for: .milliseconds(100 << min(attempt, 6)))
            }
        } catch {}
    }
}
