import Postgres
import Runtime

/// What was done about planned moments: a row each, so that any number of schedulers enqueue each of them once.
package struct CronOccurrences: Sendable {
    let durable: DurableQueue

    package init(_ durable: DurableQueue) { self.durable = durable }

    /// Enqueues the job of a planned moment, in one transaction with the moment's row. False when somebody else has dealt
    /// with it.
    @discardableResult
    package func enqueue(_ name: String, plannedAt: Timestamp, _ job: PreparedJob) async throws -> Bool {
        try await durable.transaction { transaction in
            let recorded = try await transaction.run(
                """
                insert into cron_occurrences (name, planned_at, outcome, job_id)
                values (\(name), \(plannedAt), 'enqueued', \(job.id))
                on conflict do nothing
                """)
            guard recorded > 0 else { return false }
            try await transaction.enqueue(job)
            return true
        }
    }

    /// Records a planned moment that nothing was done about. False when somebody else has dealt with it.
    @discardableResult
    package func skip(_ name: String, plannedAt: Timestamp) async throws -> Bool {
        try await durable.database.run(
            """
            insert into cron_occurrences (name, planned_at, outcome) values (\(name), \(plannedAt), 'skipped')
            on conflict do nothing
            """) > 0
    }

    /// The last planned moment that was dealt with.
    package func last(of name: String) async throws -> Timestamp? {
        try await durable.database.one("select max(planned_at) from cron_occurrences where name = \(name)")
    }

    // MARK: Pausing

    package func setPaused(_ name: String, _ isPaused: Bool) async throws {
        try await durable.database.run(
            """
            insert into cron_entries (name, is_paused) values (\(name), \(isPaused))
            on conflict (name) do update set is_paused = excluded.is_paused, changed_at = now()
            """)
    }

    package func pausedNames() async throws -> Set<String> {
        Set(try await durable.database.all("select name from cron_entries where is_paused", as: String.self))
    }

    /// Removes old rows, never the newest of an entry. How many these were.
    @discardableResult
    package func prune(olderThan age: Duration = .days(30)) async throws -> Int {
        try await durable.database.run(
            """
            delete from cron_occurrences o
            where o.recorded_at < now() - \(age)
                and exists (
                    select from cron_occurrences later where later.name = o.name and later.planned_at > o.planned_at
                )
            """, within: .minutes(1))
    }
}
