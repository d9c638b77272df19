import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// Batches and chains.
struct BatchAdminRoutes: Sendable {
    let desk: AdminDesk
    private var batches: Batches { Batches(desk.durable) }

    var routes: [APIRoute] {
        [
            .get("/admin/batches", "List the batches, the newest first", access: .admin, list),
            .get("/admin/batches/{id}", "Show how a batch stands", access: .admin, show),
            .post(
                "/admin/batches/{id}/cancel", "Cancel a batch, those within it, and all their jobs", access: .admin,
                details: "Running jobs are told. No callback follows.", cancel),
            .get("/admin/chains", "List the chains, the newest first", access: .admin, chains),
        ]
    }

    private func list(_ input: PageInput, _ call: Call) async throws -> Page<BatchStatus> {
        try await call.page(input.page, BatchID.self, { $0.id }) { before, limit in
            try await batches.list(before: before, limit: limit)
        }
    }

    private func show(_ input: BatchPath, _ call: Call) async throws -> BatchStatus { try await find(input.id) }

    private func cancel(_ input: BatchPath, _ call: Call) async throws -> BatchStatus {
        _ = try await find(input.id)
        try await batches.cancel(input.id)
        return try await find(input.id)
    }

    private func find(_ id: BatchID) async throws -> BatchStatus {
        guard let batch = try await batches.find(id) else { throw Problem(.notFound, "There is no such batch") }
        return batch
    }

    private func chains(_ input: PageInput, _ call: Call) async throws -> Page<ChainStatus> {
        try await call.page(input.page, ChainID.self, { $0.id }) { before, limit in
            try await Chains(database: desk.database).list(before: before, limit: limit)
        }
    }
}

struct BatchPath: RouteInput {
    let id: BatchID
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

extension BatchStatus: Representable {
    /// In a word.
    private var state: String {
        if cancelledAt != nil { return "cancelled" }
        if succeededAt != nil { return "succeeded" }
        if completedAt != nil { return "failed" }
        return sealedAt == nil ? "open" : "running"
    }

    package static let representation = Representation<BatchStatus>(
        "Batch", "How a batch stands.",
        [
            .member("id") { $0.id },
            .member("parentId") { $0.parent },
            .member("description") { $0.description },
            .member("state", schema: .choice(["open", "running", "succeeded", "failed", "cancelled"])) { $0.state },
            .member("total") { $0.total },
            .member("done") { $0.done },
            .member("failed") { $0.failed },
            .member("pending") { $0.pending },
            .member("openChildren", "Batches within it that are not complete.") { $0.openChildren },
            .member("createdAt") { $0.createdAt },
            .member("sealedAt") { $0.sealedAt },
            .member("completedAt") { $0.completedAt },
            .member("succeededAt") { $0.succeededAt },
            .member("cancelledAt") { $0.cancelledAt },
        ])
}

extension ChainStatus: Representable {
    package static let representation = Representation<ChainStatus>(
        "Chain", "How a chain stands.",
        [
            .member("id") { $0.id },
            .member("description") { $0.description },
            .member("createdAt") { $0.createdAt },
            .member("completedAt") { $0.completedAt },
            .member("stoppedAt", "While a step that did not succeed holds it up.") { $0.stoppedAt },
            .member("stoppedBy") { $0.stoppedBy },
            .member("stoppedOutcome") { $0.stoppedOutcome },
            .member("currentJobId") { $0.current },
            .member("stepsAhead") { $0.stepsAhead },
        ])
}
