import JSON
import Postgres
import Runtime

extension AuditEntry {
    /// In the transaction of the act, so that none happens without its entry.
    package func write(on sql: some SQLRunner) async throws {
        let details = try details.map { JSONText(try JSONCoder.text($0)) }
        try await sql.run(
            """
            insert into audit_log (
                id, at, action, actor_id, subject_id, session_id, address, user_agent, request_id, details)
            values (
                \(id), \(at), \(action.name), \(actor), \(subject), \(session), \(origin.addressText),
                \(origin.userAgent), \(origin.requestID?.description), \(details))
            """)
    }
}
