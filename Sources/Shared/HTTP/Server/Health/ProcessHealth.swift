import Runtime

/// What operators and their probes ask of every process.
public struct ProcessHealth: Sendable {
    /// A loop that has not come round for so long will not do so by itself.
    private static let stuckAfter = Duration.seconds(30)

    private let loops: LoopGroup
    private let lifecycle: Lifecycle
    private let readiness: ReadinessChecks
    private let metrics: MetricsRegistry

    public init(_ launch: Launch) {
        loops = launch.loops
        lifecycle = launch.lifecycle
        readiness = launch.readiness
        metrics = launch.metrics
    }

    /// `/healthz`: whether the process is alive. Who hears no should start it anew.
    public func alive() -> Response {
        let stuck = loops.loops.contains { $0.busyTime.map { $0 > Self.stuckAfter } ?? false }
        return Self.text(stuck ? 503 : 200, stuck ? "an event loop is stuck\n" : "alive\n")
    }

    /// `/readyz`: whether new work is welcome. Falls before draining begins.
    public func ready() async -> Response {
        guard lifecycle.isReady else { return Self.text(503, "\(lifecycle.phase)\n") }
        let faults = await readiness.faults()
        // Looked at once more: asking takes its time.
        guard lifecycle.isReady else { return Self.text(503, "\(lifecycle.phase)\n") }
        return faults.isEmpty
            ? Self.text(200, "ready\n") : Self.text(503, "not there: \(faults.joined(separator: ", "))\n")
    }

    /// `/metrics`, as Prometheus reads them.
    public func measured() -> Response {
        var text = ByteBuffer()
        metrics.write(to: &text)
        return Response(
            headers: ["Content-Type": "\(MetricsRegistry.contentType)", "Cache-Control": "no-store"],
            body: .bytes(text.toArray()))
    }

    private static func text(_ status: Int, _ text: String) -> Response {
        Response(
            status, headers: ["Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"],
            body: .bytes(Array(text.utf8)))
    }
}
