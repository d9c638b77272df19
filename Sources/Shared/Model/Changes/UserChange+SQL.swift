import Postgres
import Runtime

extension UserChange {
    /// Gives the person's counter its next value, and the subject with it. The row of the person stays locked until the
    /// commit, so numbers appear in their order.
    package static func record(
        _ subject: Subject, _ id: UUID? = nil, of user: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            with counter as (update users set urev = urev + 1 where id = \(user) returning urev)
            insert into user_changes (user_id, subject, subject_id, urev, changed_at)
            select \(user), \(subject.name), \(id ?? user.uuid), urev, \(now) from counter
            on conflict (user_id, subject, subject_id) do update
            set urev = excluded.urev, changed_at = excluded.changed_at
            """)
    }
}
