import Postgres
import Runtime

extension UserChange {
    /// The same for many people, whose rows are locked in the order of their ids, so that no two calls wait for each other.
    package static func record(
        _ subject: Subject, _ id: UUID, ofAll users: [ID<User>], at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run("select from users where id = any (\(users)) order by id for no key update")
        try await sql.run(
            """
            with counters as (update users set urev = urev + 1 where id = any (\(users)) returning id, urev)
            insert into user_changes (user_id, subject, subject_id, urev, changed_at)
            select id, \(subject.name), \(id), urev, \(now) from counters
            on conflict (user_id, subject, subject_id) do update
            set urev = excluded.urev, changed_at = excluded.changed_at
            """)
    }

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
