import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// How everything stands, now and from now on.
struct OverviewRoutes: Sendable {
    let pulse: Pulse

    var routes: [APIRoute] {
        [
            .get("/admin/overview", "Show how everything stands", access: .admin, overview),
            .raw(
                .get, "/admin/events", "Follow how everything stands", access: .admin,
                answers: [.bytes(200, type: "text/event-stream")],
                details: """
                    Server-sent events, every other second: `overview` with the same as `GET /admin/overview`, or `trouble` \
                    while a store is away. It ends after two minutes at the latest; come again then.
                    """, events),
        ]
    }

    private func overview(_ input: NoInput, _ call: Call) async throws -> Overview { try await pulse.overview() }

    private func events(_ input: NoInput, _ call: Call) async throws -> Response {
        let pulse = pulse
        let end = min(try call.token.expiresAt, .now + Pulse.visit)
        return Response(
            headers: ["Content-Type": "text/event-stream", "X-Accel-Buffering": "no"],
            body: .stream { try await pulse.tell($0, until: end) })
    }
}
