import HTTP
import JSON
import Model
import Queue
import Runtime

extension AuditEntry.Action {
    fileprivate static let administered = Self("admin.request")
    fileprivate static let adminRefused = Self("admin.refused")
}

extension APIFrame {
    /// What administrators change, and who tries to be one, is kept: before it happens, so that nothing happens without.
    func audit(_ call: Call, _ route: APIRoute, isAdmin: Bool) async throws {
        let entry = AuditEntry(
            isAdmin ? .administered : .adminRefused, by: try call.user, session: try call.session, from: call.origin,
            at: call.facts.time,
            [
                "method": .string(call.request.method.rawValue), "route": .string(route.pattern.description),
                "path": .string(call.request.path),
            ])
        try await entry.write(on: parts.durable.database)
    }
}

extension Call {
    /// Where the request comes from, as it is kept.
    package var origin: Origin {
        Origin(address: request.client, userAgent: request.headers["User-Agent"], requestID: id)
    }
}
