import HTTP
import JSON
import Model
import Queue
import Runtime

extension AuditEntry.Action {
    fileprivate static let administered = Self("admin.request")
    fileprivate static let detailed = Self("admin.details")
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
    /// What an administrator asked for, where path and method do not say it all.
    package func keep(_ details: JSONValue) async throws {
        try await AuditEntry(
            .detailed, by: try user, session: try session, from: origin, at: facts.time, details
        ).write(on: parts.durable.database)
    }

    /// Where the request comes from, as it is kept.
    package var origin: Origin {
        Origin(address: request.client, userAgent: request.headers["User-Agent"], requestID: id)
    }
}
