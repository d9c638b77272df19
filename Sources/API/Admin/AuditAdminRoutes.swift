import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// The audit log.
struct AuditAdminRoutes: Sendable {
    let desk: AdminDesk

    var routes: [APIRoute] {
        [
            .get(
                "/admin/audit", "List sensitive acts, the newest first", access: .admin,
                details: "`action` is one of them, or with a dot at its end all that begin so: `admin.`.", list)
        ]
    }

    private func list(_ input: AuditInput, _ call: Call) async throws -> Page<KeptAuditEntry> {
        try await call.page(input.page, ID<AuditEntry>.self, { $0.id }) { before, limit in
            try await KeptAuditEntry.latest(
                limit, before: before, action: input.action, actor: input.actor, on: desk.database)
        }
    }
}

struct AuditInput: RouteInput {
    let action: String?
    let actor: ID<User>?
    let page: PageRequest

    init(from input: inout InputReader) {
        action = input.queryIfPresent("action", .text(1...100))
        actor = input.queryIfPresent("actorId", .id())
        page = input.page()
    }
}

extension KeptAuditEntry: Representable {
    package static let representation = Representation<KeptAuditEntry>(
        "AuditEntry", "A sensitive act.",
        [
            .member("id") { $0.id },
            .member("at") { $0.at },
            .member("action") { $0.action },
            .member("actorId", "Who did it; null: nobody who is known.") { $0.actor },
            .member("actorName") { $0.actorName },
            .member("subjectId", "To whom.") { $0.subject },
            .member("address") { $0.address },
            .member("requestId") { $0.requestID },
            .member("details") { $0.details ?? .null },
        ])
}
