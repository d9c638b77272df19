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
    public func alive() -> Response { Self.answer(illness, "alive") }

    /// Why it is not alive; nil where it is.
    public var illness: String? {
        let isStuck = loops.loops.contains { $0.busyTime.map { $0 > Self.stuckAfter } ?? false }
        return isStuck ? "an event loop is stuck" : nil
    }

    /// `/readyz`: whether new work is welcome. Falls before draining begins.
    public func ready() async -> Response { Self.answer(await obstacle, "ready") }

    /// Why no new work is welcome; nil where it is.
    public var obstacle: String? {
        get async {
            guard lifecycle.isReady else { return "\(lifecycle.phase)" }
            let faults = await readiness.faults()
            // Looked at once more: asking takes its time.
            guard lifecycle.isReady else { return "\(lifecycle.phase)" }
            return faults.isEmpty ? nil : "not there: \(faults.joined(separator: ", "))"
        }
    }

    /// `/metrics`, as Prometheus reads them.
    public func measured() -> Response {
        var text = ByteBuffer()
        metrics.write(to: &text)
        return Response(
            headers: ["Content-Type": "\(MetricsRegistry.contentType)", "Cache-Control": "no-store"],
            body: .bytes(text.toArray()))
    }

    /// A line of text; 503 with a fault.
    public static func answer(_ fault: String?, _ well: String) -> Response {
        Response(
            fault == nil ? 200 : 503,
            headers: ["Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"],
            body: .bytes(Array("\(fault ?? well)\n".utf8)))
    }
}
