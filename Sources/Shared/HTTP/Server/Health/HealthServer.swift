import Runtime

/// Serves `/healthz`, `/readyz` and `/metrics` where `METRICS_LISTEN` says, and nothing else.
public enum HealthServer {
    /// The first of a process's parts, so that it is the last to go; none where `METRICS_LISTEN` is not set.
    public static func parts(_ launch: Launch) -> [any LifecycleComponent] {
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
