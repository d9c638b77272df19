import APIFrame
import HTTP
import Model
import Runtime

/// One's own data, to take away.
struct ExportRoutes: Sendable {
    let accounts: Accounts

    var routes: [APIRoute] {
        [
            .post(
                "/users/me/export", "Ask for all that is kept about oneself", errors: CredentialRoutes.confirmation,
                details: """
                    It is packed soon; a link is mailed to a verified address, and stands in `GET` too. Longer than ten \
                    minutes after the sign-in it takes the password.
                    """, request),
            .get("/users/me/exports/{id}", "Show how far an export is", state),
            .raw(
                .get, "/exports/{token}", "Fetch an export by its link", access: .open, limit: .guessing,
                errors: [.preconditionFailed, .rangeNotSatisfiable],
                answers: [
                    .bytes(200, type: "application/zip"), .bytes(206, type: "application/zip", "The part asked for"),
                    DeclaredAnswer(304),
                ], fetch),
        ]
    }

    private func request(_ input: ConfirmationInput, _ call: Call) async throws -> Accepted<ExportState> {
        Accepted(
            try await accounts.requestExport(
                of: try call.signedIn, password: input.password?.exposed, from: call.origin))
    }

    private func state(_ input: ExportPath, _ call: Call) async throws -> ExportState {
        try await accounts.export(input.id, of: try call.signedIn)
    }

    private func fetch(_ input: ExportLink, _ call: Call) async throws -> Response {
        let export = try await accounts.openExport(input.token, from: call.origin)
        let accounts = accounts
        return Response(
            headers: [
                "Content-Type": "application/zip", "Content-Disposition": "attachment; filename=\"export.zip\"",
                "Cache-Control": "no-store", "ETag": "\"\(export.id)\"",
            ],
            body: .parts(count: export.bytes ?? 0) { range, writer in
                try await accounts.write(range, of: export) { try await writer.write($0) }
            })
    }
}

struct ExportPath: RouteInput {
    let id: ID<AccountExport>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct ExportLink: RouteInput {
    let token: String
    init(from input: inout InputReader) { token = input.path("token", .token) }
}

extension ExportState: Representable {
    package static let representation = Representation<ExportState>(
        "Export", "All that is kept about a person, packed for them.",
        [
            .member("id") { $0.export.id },
            .member("requestedAt") { $0.export.requestedAt },
            .member("finishedAt", "Null while it is being packed.") { $0.export.finishedAt },
            .member("expiresAt") { $0.export.expiresAt },
            .member("bytes") { $0.export.bytes },
            .member("downloadUrl", "Good for whoever has it; null when there is nothing to fetch.") { $0.link },
        ])
}
