import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// Workers, and the orders that they are left.
struct WorkerAdminRoutes: Sendable {
    let desk: AdminDesk

    var routes: [APIRoute] {
        [
            .get("/admin/workers", "List the workers and what each runs now", access: .admin, list),
            .post(
                "/admin/workers/{worker}/quiet", "Let a worker take no more jobs", access: .admin,
                details: "It hears of it with its next heartbeat, and stays quiet until it is restarted.", quiet),
            .post(
                "/admin/workers/{worker}/stop", "Let a worker end what it runs, and stop", access: .admin,
                details: "It hears of it with its next heartbeat. What started it will start it again.", stop),
        ]
    }

    private func list(_ input: NoInput, _ call: Call) async throws -> Page<WorkerView> {
        Page(try await desk.workers.workers())
    }

    private func quiet(_ input: WorkerPath, _ call: Call) async throws -> Accepted<WorkerView> {
        try await order(.quiet, input.worker)
    }

    private func stop(_ input: WorkerPath, _ call: Call) async throws -> Accepted<WorkerView> {
        try await order(.stop, input.worker)
    }

    private func order(_ order: WorkerOrder, _ name: String) async throws -> Accepted<WorkerView> {
        guard let worker = try await desk.workers.workers().first(where: { $0.name == name }) else {
            throw Problem(.notFound, "There is no such worker")
        }
        try await desk.workers.order(order, to: name)
        return Accepted(worker)
    }
}

struct WorkerPath: RouteInput {
    let worker: String
    init(from input: inout InputReader) { worker = input.path("worker", .text(1...200)) }
}

extension WorkerView: Representable {
    package static let representation = Representation<WorkerView>(
        "Worker", "A worker process, as it shows itself.",
        [
            .member("name") { $0.name },
            .member("host") { $0.host },
            .member("pid") { $0.pid },
            .member("startedAt") { $0.started },
            .member("queues") { $0.queues },
            .member("concurrency", "How many jobs it runs at once.") { $0.concurrency },
            .member("running") { $0.kinds.values.reduce(0, +) },
            .member("state", "`running` or `quiet`.") { $0.state },
            .member("silent", "Its heartbeats have stopped: stuck, cut off or dead.") { $0.isSilent },
            .member("silenceSeconds") { Double($0.silence.milliseconds) / 1000 },
            .member("leaseSeconds", "What is left of the shortest of its leases.") {
                $0.lease.map { Double($0.milliseconds) / 1000 }
            },
            .member("jobs", "What it runs now, no more than a hundred.") { $0.jobs },
        ])
}
