import JSON
import Runtime

/// How badly things go: shares of all calls and webhooks.
package struct Weather: Sendable {
    /// Calls that are answered with 500, some of them after they were done.
    package var failing = 0.0
    /// Calls that are answered with 429.
    package var busy = 0.0
    /// Webhooks that are never sent, sent twice, and sent up to `delay` late.
    package var lost = 0.0
    package var repeated = 0.0
    package var late = 0.0
    package var delay = Duration.seconds(1)

    package init() {}

    package init(_ json: JSONValue) {
        failing = json["failing"]?.double ?? 0
        busy = json["busy"]?.double ?? 0
        lost = json["lost"]?.double ?? 0
        repeated = json["repeated"]?.double ?? 0
        late = json["late"]?.double ?? 0
        delay = .milliseconds(json["delayMs"]?.integer ?? 1000)
    }

    /// Whether something of that share happens now.
    func happens(_ share: Double) -> Bool { share > 0 && Double.random(in: 0..<1) < share }
}
