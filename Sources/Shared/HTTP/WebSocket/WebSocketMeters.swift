import Runtime

/// What operators see of the sockets of a process.
struct WebSocketMeters: Sendable {
    private let active: Gauge
    private let messages: Counter
    private let droppedMessages: Counter
    private let ends: Family<Counter>

    init(_ metrics: MetricsRegistry) {
        active = metrics.gauge("websocket_connections_active", "Open WebSockets")
        messages = metrics.counter("websocket_messages_received_total", "Messages from clients")
        droppedMessages = metrics.counter(
            "websocket_messages_dropped_total", "Messages that slow clients did not get, and can do without")
        ends = metrics.counters("websocket_closed_total", "WebSockets that ended", labels: ["code"])
    }

    func opened() { active.add() }

    func closed(_ code: CloseCode) {
        active.subtract()
        // Clients choose from thousands: those of applications count as one, but for ours.
        let isNamed = code.rawValue < 3000 || code == .unresponsive
        ends.with(isNamed ? code.description : "other").add()
    }

    func received() { messages.add() }

    func dropped(_ count: Int) { droppedMessages.add(count) }
}
