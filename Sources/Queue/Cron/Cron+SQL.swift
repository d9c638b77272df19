import Postgres
import Runtime

/// What the tables keep of an entry.
struct CronState: RowDecodable {
    let plannedThrough: Timestamp?
    let next: Timestamp?
    let isPaused: Bool
    let resumedAt: Timestamp?
    let requestedAt: Timestamp?

    init(row: Row) throws(RowError) {
        plannedThrough = try row["planned_through"]
        next = try row["next_at"]
        isPaused = try row["is_paused"]
        resumedAt = try row["resumed_at"]
        requestedAt = try row["run_requested_at"]
    }

    /// Until when nothing that was planned is to run.
    func pausedUntil(_ now: Timestamp) -> Timestamp? { isPaused ? now : resumedAt }
}

/// The entries that have something to do, and what PostgreSQL's clock shows.
struct CronWork: RowDecodable {
    let clock: Timestamp
    let names: [String]

    init(row: Row) throws(RowError) {
        clock = try row["clock"]
        names = try row["names"]
    }
}

/// A run that was stored, and the job that does it.
struct CronRun: Sendable {
    let planned: Timestamp
    let job: PreparedJob
}

extension Cron {
    static func work(among names: [String], at now: Timestamp, on sql: some SQLRunner) async throws -> CronWork {
        try await sql.one(
            """
            select clock_timestamp() as clock, array(
                select name from cron_entries
                where name = any (\(names)) and withdrawn_at is null
                    and (planned_through is null or run_requested_at is not null or next_at <= \(now)
                        or planned_through > \(now + CronEntry.punctual))
            ) as names
            """)
    }

    /// Nil while another scheduler is at it, or when a younger one declares the entry otherwise or not at all.
    func lock(on transaction: some SQLRunner) async throws -> CronState? {
        try await transaction.first(
            """
            select planned_through, next_at, is_paused, resumed_at, run_requested_at
            from cron_entries
            where name = \(entry.name) and withdrawn_at is null and kind = \(kind) and queue = \(queue.name)
                and expression = \(entry.expression.text) and zone = \(entry.zone.name)
                and missed = \(entry.missed.description)
            for update skip locked
            """)
    }

    /// Stores runs, and answers those that nobody had stored before.
    func store(_ runs: [CronRun], isManual: Bool, on sql: some SQLRunner) async throws -> [CronRun] {
        guard !runs.isEmpty else { return [] }
        let stored: [Timestamp] = try await sql.all(
            """
            insert into cron_occurrences (name, planned_at, outcome, job_id, is_manual)
            select \(entry.name), run.planned_at, 'enqueued', run.job_id, \(isManual)
            from unnest(\(runs.map(\.planned)), \(runs.map(\.job.id))) as run (planned_at, job_id)
            on conflict do nothing
            returning planned_at
            """)
        let new = Set(stored)
        return runs.filter { new.contains($0.planned) }
    }

    func store(_ skipped: [SkippedRun], on sql: some SQLRunner) async throws {
        guard !skipped.isEmpty else { return }
        try await sql.run(
            """
            insert into cron_occurrences (name, planned_at, through_at, outcome, reason, replaced_by)
            select \(entry.name), skip.planned_at, skip.through_at, 'skipped', skip.reason, skip.replaced_by
            from unnest(
                \(skipped.map(\.planned)), \(skipped.map(\.through)), \(skipped.map(\.reason.word)),
                \(skipped.map(\.reason.replacement))
            ) as skip (planned_at, through_at, reason, replaced_by)
            on conflict do nothing
            """)
    }

    func store(_ plan: CronPlan, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update cron_entries
            set planned_through = \(plan.plannedThrough), next_at = \(plan.next), run_requested_at = null
            where name = \(entry.name)
            """)
    }
}

extension SkippedRun.Reason {
    /// As the table keeps it.
    var word: String {
        switch self {
        case .policy: "policy"
        case .replaced: "replaced"
        case .tooOld: "too_old"
        case .overLimit: "over_limit"
        case .paused: "paused"
        }
    }

    var replacement: Timestamp? {
        if case .replaced(let run) = self { run } else { nil }
    }
}
