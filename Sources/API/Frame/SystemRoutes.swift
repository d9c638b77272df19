import Crypto
import HTTP
import JSON
import Model
import Runtime

/// What the process says of itself, and of the API.
package struct SystemRoutes: Sendable {
    private let health: ProcessHealth
    private let adminGuard: AdminGuard
    private let document: [UInt8]
    private let page = DocsPage()
    private let documentTag: String
    private let pageTag: String

    /// `tables` is all that the document describes beside these routes themselves.
    package init(_ tables: [APIRoutes], health: ProcessHealth, options: FrameOptions, server: String) throws {
        self.health = health
        adminGuard = options.adminGuard
        let own = Self(health: health, adminGuard: adminGuard, document: []).table
        document = try Self.document(tables + [own], server: server).bytes()
        documentTag = Self.tag(of: document)
        pageTag = Self.tag(of: page.html)
    }

    private init(health: ProcessHealth, adminGuard: AdminGuard, document: [UInt8]) {
        self.health = health
        self.adminGuard = adminGuard
        self.document = document
        documentTag = Self.tag(of: document)
        pageTag = Self.tag(of: page.html)
    }

    /// Whoever has the same bytes already need not fetch them again.
    private static func tag(of bytes: [UInt8]) -> String {
        "\"\(Base64URL.encode(Array(Hash.sha256(bytes).prefix(12))))\""
    }

    package var table: APIRoutes {
        let text = "text/plain; charset=utf-8"
        return APIRoutes(
            "System",
            [
                .raw(
                    .get, "/healthz", "Whether the process is alive", access: .open, limit: .unlimited,
                    answers: [.bytes(200, type: text)], details: "503 when an event loop is stuck.", alive),
                .raw(
                    .get, "/readyz", "Whether the process takes work", access: .open, limit: .unlimited,
                    answers: [.bytes(200, type: text)], details: "503 when something that it needs is not there.",
                    ready),
                .raw(
                    .get, "/metrics", "Metrics in Prometheus' text format", access: .open, limit: .unlimited,
                    errors: [.addressNotAllowed],
                    answers: [.bytes(200, type: "\(MetricsRegistry.contentType)")], metrics),
                .raw(
                    .get, "/openapi.json", "This document", access: .open,
                    answers: [.json(200, JSONSchema(.map(of: .any))), DeclaredAnswer(304)], openAPI),
                .raw(
                    .get, "/docs", "A page that shows this document", access: .open,
                    answers: [.bytes(200, type: "text/html; charset=utf-8"), DeclaredAnswer(304)], docs),
            ])
    }

    private func alive(_ input: NoInput, _ call: Call) -> Response {
        health.illness.map { unavailable($0, call) } ?? ProcessHealth.answer(nil, "alive")
    }

    private func ready(_ input: NoInput, _ call: Call) async -> Response {
        await health.obstacle.map { unavailable($0, call) } ?? ProcessHealth.answer(nil, "ready")
    }

    /// Answered rather than thrown: whoever probes is not to fill the log.
    private func unavailable(_ reason: String, _ call: Call) -> Response {
        var problem = Problem(.unavailable, reason)
        problem.retryAfter = .seconds(2)
        return call.response(to: problem)
    }

    private func metrics(_ input: NoInput, _ call: Call) throws -> Response {
        try adminGuard.demand(call.request.client)
        return health.measured()
    }

    private func openAPI(_ input: NoInput, _ call: Call) -> Response {
        Response(
            headers: ["Content-Type": "application/json", "Cache-Control": "no-cache", "ETag": documentTag],
            body: .bytes(document))
    }

    private func docs(_ input: NoInput, _ call: Call) -> Response {
        Response(
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "ETag": pageTag,
                "Content-Security-Policy": page.policy,
            ], body: .bytes(page.html))
    }

    // MARK: The document

    private static func document(_ tables: [APIRoutes], server: String) -> OpenAPIDocument<Call> {
        OpenAPIDocument(
            title: "Switchyard", version: "1",
            text: """
                JSON in camelCase, times in UTC (RFC 3339), ids are UUIDs, money is in minor units. Lists have pages: \
                pass `nextCursor` as `cursor`. Every answer bears `X-Request-Id`; say it when you ask for help.
                """,
            server: server, routes: tables.flatMap(\.routes), problem: ProblemDocument.schema,
            refusals: \.refusals)
    }
}
