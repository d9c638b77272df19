import JSON
import Postgres
import Runtime

/// An entry of the audit log, as whoever looks into it sees it.
package struct KeptAuditEntry: Sendable, RowDecodable {
    package let id: ID<AuditEntry>
    package let at: Timestamp
    package let action: String
    package let actor: ID<User>?
    package let actorName: String?
    package let subject: ID<User>?
    package let address: String?
    package let requestID: String?
    package let details: JSONValue?

    package init(row: Row) throws(RowError) {
        id = try row["id"]
        at = try row["at"]
        action = try row["action"]
        actor = try row["actor_id"]
        actorName = try row["username"]
        subject = try row["subject_id"]
        address = try row["address"]
        requestID = try row["request_id"]
        let text: JSONText? = try row["details"]
        details = text.flatMap { try? JSONCoder.decode(JSONValue.self, from: $0.text) }
    }

    /// The newest first. `action` with a dot at its end stands for all that begin so. Only what is asked for stands in the
    /// statement, so that each combination gets a plan of its own.
    package static func latest(
        _ limit: Int, before cursor: ID<AuditEntry>?, action: String?, actor: ID<User>?, on sql: some SQLRunner
    ) async throws -> [KeptAuditEntry] {
        var condition: SQL = "true"
        if let cursor { condition = "\(condition) and l.id < \(cursor)" }
        if let action {
            condition =
                action.hasSuffix(".")
                ? "\(condition) and starts_with(l.action, \(action))" : "\(condition) and l.action = \(action)"
        }
        if let actor { condition = "\(condition) and l.actor_id = \(actor)" }
        return try await sql.all(
            """
            select l.id, l.at, l.action, l.actor_id, u.username, l.subject_id, host(l.address) as address, l.request_id,
                l.details
            from audit_log l
            left join users u on u.id = l.actor_id
            where \(condition)
            order by l.id desc
            limit \(limit)
            """)
    }
}
