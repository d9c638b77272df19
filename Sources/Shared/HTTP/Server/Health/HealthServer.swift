import Runtime

/// What operators see of a process: serves `/healthz`, `/readyz` and `/metrics` where `METRICS_LISTEN` says, and sends
/// spans to the collector.
public enum HealthServer {
    /// The first of a process's parts, so that they are the last to go; none of what is not configured.
    public static func parts(_ launch: Launch) -> [any LifecycleComponent] {
        server(launch) + exporter(launch)
    }

    private static func exporter(_ launch: Launch) -> [any LifecycleComponent] {
        guard let tracer = launch.tracer else { return [] }
        return [
            TraceExporter(
                tracer, launch.config.traces, process: launch.process, loops: launch.loops, log: launch.log)
        ]
    }

    private static func server(_ launch: Launch) -> [any LifecycleComponent] {
        guard let endpoint = launch.config.metricsListen else { return [] }
        let health = ProcessHealth(launch)
        return [
            HTTPServer(
                "health", on: endpoint, loops: launch.loops, metrics: launch.metrics, log: launch.log.part("health")
            ) { request in await answer(request, health) }
        ]
    }

    private static nonisolated(nonsending) func answer(_ request: Request, _ health: ProcessHealth) async -> Response {
        guard request.method == .get || request.method == .head else {
            return Response(405, headers: ["Allow": "GET, HEAD"])
        }
        switch request.path {
        case "/healthz": return health.alive()
        case "/readyz": return await health.ready()
        case "/metrics": return health.measured()
        default: return PlainAnswer.make(404)
        }
    }
}
