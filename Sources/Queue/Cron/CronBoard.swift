import Postgres
import Runtime

/// The cron entries as operators see and steer them.
package struct CronBoard: Sendable {
    private let database: Database
    private let clock: any WallClock

    package init(_ database: Database, clock: any WallClock = SystemClock()) {
        self.database = database
        self.clock = clock
    }

    /// All entries by name, also those that are not declared any more.
    package func entries() async throws -> [CronListing] {
        try await database.all(
            """
            select e.name, e.kind, e.queue, e.expression, e.zone, e.missed, e.next_at, e.is_paused, e.run_requested_at,
                e.withdrawn_at, latest.planned_at as last_planned_at, latest.job_id as last_job_id
            from cron_entries e
            left join lateral (
                select o.planned_at, o.job_id from cron_occurrences o
                where o.name = e.name and o.outcome = 'enqueued'
                order by o.planned_at desc
                limit 1
            ) latest on true
            order by e.name
            """)
    }

    /// The newest occurrences of an entry first.
    package func occurrences(
        of name: String, before moment: Timestamp? = nil, limit: Int = 50
    ) async throws -> [CronOccurrence] {
        try await database.all(
            """
            select planned_at, outcome, job_id, is_manual, through_at, reason, replaced_by, recorded_at
            from cron_occurrences
            where name = \(name) and planned_at < coalesce(\(moment), 'infinity'::timestamptz)
            order by planned_at desc
            limit \(limit)
            """)
    }

    // All of these answer false for an entry that nobody declares.

    /// Occurrences are skipped from now on, and recorded as such.
    package func pause(_ name: String) async throws -> Bool {
        try await database.run(
            """
            update cron_entries set is_paused = true, changed_at = now()
            where name = \(name) and withdrawn_at is null
            """) > 0
    }

    package func resume(_ name: String) async throws -> Bool {
        try await database.run(
            """
            update cron_entries
            set is_paused = false, changed_at = now(), resumed_at = case when is_paused then \(clock.now) else resumed_at end
            where name = \(name) and withdrawn_at is null
            """) > 0
    }

    /// Asks for a run besides the planned ones, also of a paused entry: within a second, and once, however many ask
    /// before it runs.
    package func runNow(_ name: String) async throws -> Bool {
        try await database.run(
            """
            update cron_entries set run_requested_at = coalesce(run_requested_at, clock_timestamp())
            where name = \(name) and withdrawn_at is null
            """) > 0
    }

    /// Begins anew from now on: for an entry that was planned far ahead by a clock that was wrong.
    package func reset(_ name: String) async throws -> Bool {
        try await database.run(
            "update cron_entries set planned_through = null where name = \(name) and withdrawn_at is null") > 0
    }
}

/// One entry in a list.
package struct CronListing: RowDecodable {
    package let name: String
    package let kind: String
    package let queue: String
    package let expression: String
    package let zone: String
    package let missed: String
    package let next: Timestamp?
    package let isPaused: Bool
    package let runRequestedAt: Timestamp?
    package let withdrawnAt: Timestamp?
    package let lastPlanned: Timestamp?
    package let lastJob: JobID?

    package init(row: Row) throws(RowError) {
        name = try row["name"]
        kind = try row["kind"]
        queue = try row["queue"]
        expression = try row["expression"]
        zone = try row["zone"]
        missed = try row["missed"]
        next = try row["next_at"]
        isPaused = try row["is_paused"]
        runRequestedAt = try row["run_requested_at"]
        withdrawnAt = try row["withdrawn_at"]
        lastPlanned = try row["last_planned_at"]
        lastJob = try row["last_job_id"]
    }

    /// The next times, as far as the expression goes.
    package func upcoming(_ count: Int = 20, after moment: Timestamp = .now) throws -> [Timestamp] {
        try CronExpression(expression).upcoming(count, after: moment, in: TimeZone(zone))
    }
}

/// What became of one planned moment.
package struct CronOccurrence: RowDecodable, Hashable {
    package let planned: Timestamp
    /// Nil when it was skipped.
    package let job: JobID?
    package let isManual: Bool
    /// Why it was skipped: policy, replaced, too_old, over_limit, paused; and up to which moment the same holds.
    package let reason: String?
    package let through: Timestamp?
    package let replacedBy: Timestamp?
    package let recordedAt: Timestamp

    package init(row: Row) throws(RowError) {
        planned = try row["planned_at"]
        job = try row["job_id"]
        isManual = try row["is_manual"]
        reason = try row["reason"]
        through = try row["through_at"]
        replacedBy = try row["replaced_by"]
        recordedAt = try row["recorded_at"]
    }
}

extension CronOccurrence {
    /// What became of it, in words.
    package var explanation: String {
        if job != nil { return isManual ? "enqueued, as somebody asked" : "enqueued" }
        let reason = (reason ?? "").replacing("_", with: " ")
        let through = through.flatMap { $0 == planned ? nil : " until \($0.rfc3339)" } ?? ""
        return "skipped: \(reason)" + (replacedBy.map { " by the run of \($0.rfc3339)" } ?? "") + through
    }
}
