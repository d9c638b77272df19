import Postgres
import Runtime

/// Enqueues a job for each occurrence of each entry, once, however many runners there are: whoever locks the entry's row
/// first plans it, and stores in one transaction what it planned, what it skipped, and the jobs.
package final class CronRunner: LifecycleComponent {
    package let name = "cron"
    /// How often is looked whether something is due.
    private static let interval = Duration.seconds(1)

    private let crons: [Cron]
    private let declarations: CronDeclarations
    private let durable: DurableQueue
    private let loops: LoopGroup
    private let clock: any WallClock
    private let tolerance: Duration?
    private let meters: CronMeters
    private let logger: Logger
    private let chores = ChoreBox()
    private let complaints = Complaints()

    /// Nothing is planned while `clock` and PostgreSQL's are farther apart than `tolerance`: one that runs ahead would
    /// use up occurrences that are still to come.
    package init(
        _ crons: [Cron], durable: DurableQueue, loops: LoopGroup, process: String,
        clock: any WallClock = SystemClock(), tolerance: Duration? = .seconds(60),
        metrics: MetricsRegistry = MetricsRegistry(), logger: Logger
    ) {
        meters = CronMeters(metrics)
        precondition(Set(crons.map(\.entry.name)).count == crons.count, "two cron entries have the same name")
        self.crons = crons
        self.durable = durable
        self.loops = loops
        self.clock = clock
        self.tolerance = tolerance
        self.logger = logger.part("cron")
        declarations = CronDeclarations(crons, process: process, database: durable.database)
    }

    package func start() async throws {
        let chores = Chores(
            [
                Chore("declare", every: CronDeclarations.beat) {
                    try await self.declare()
                    try await self.showNext()
                    return false
                },
                Chore("cron", every: Self.interval) {
                    try await self.runDue(); return false
                },
            ], loops: loops, clock: clock, logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async {
        await chores.take()?.stop()
        do { try await declarations.withdraw() } catch {}
    }

    // MARK: Running

    /// Whoever planned it: an entry that no scheduler plans in time is late in the metrics of all of them.
    private func showNext() async throws {
        let entries: [(String, Timestamp?)] = try await durable.database.all(
            """
            select name, case when is_paused then null else next_at end
            from cron_entries
            where name = any (\(crons.map(\.entry.name))) and withdrawn_at is null
            """)
        for (name, next) in entries { meters.comes(name, next: next) }
    }

    func declare() async throws { try await declarations.renew() }

    /// Plans what is due. What is wrong with one entry does not concern the others.
    func runDue() async throws {
        guard !crons.isEmpty else { return }
        let work = try await Cron.work(among: crons.map(\.entry.name), at: clock.now, on: durable.database)
        guard isTrusted(work.clock) else { return }
        for cron in crons where work.names.contains(cron.entry.name) {
            do { try await run(cron) } catch is CancellationError {
                throw CancellationError()
            } catch {
                meters.failed(cron.entry.name)
                if complaints.isNews(cron.entry.name) {
                    logger.error("a cron entry cannot run", ["cron": .string(cron.entry.name), "error": .error(error)])
                }
            }
        }
    }

    private func run(_ cron: Cron) async throws {
        let outcome = try await durable.transaction { transaction -> Outcome? in
            guard let state = try await cron.lock(on: transaction) else { return nil }
            let now = clock.now
            let plan = cron.entry.plan(
                last: state.plannedThrough, pausedUntil: state.pausedUntil(now), now: now)
            var runs = try await enqueue(plan.enqueue, of: cron, isManual: false, in: transaction)
            if let requested = state.requestedAt {
                runs += try await enqueue([requested], of: cron, isManual: true, in: transaction)
            }
            try await cron.store(plan.skipped, on: transaction)
            if plan.plannedThrough != state.plannedThrough || plan.next != state.next || state.requestedAt != nil {
                try await cron.store(plan, on: transaction)
            }
            return Outcome(plan: plan, runs: runs)
        }
        if let outcome { report(outcome, of: cron) }
    }

    private struct Outcome {
        let plan: CronPlan
        let runs: [CronRun]
    }

    private func enqueue(
        _ times: [Timestamp], of cron: Cron, isManual: Bool, in transaction: JobTransaction
    ) async throws -> [CronRun] {
        let encoder = durable.client.encoder
        let wanted = try times.map { CronRun(planned: $0, job: try cron.prepare($0, encoder)) }
        let runs = try await cron.store(wanted, isManual: isManual, on: transaction)
        for run in runs { try await transaction.enqueue(run.job) }
        return runs
    }

    // MARK: Telling

    private func isTrusted(_ other: Timestamp) -> Bool {
        let distance = clock.now - other
        guard let tolerance, distance > tolerance || distance < .zero - tolerance else { return true }
        if complaints.isNews("") {
            logger.error(
                "nothing is planned while the clocks of this machine and postgresql differ",
                ["ahead": .duration(distance)])
        }
        return false
    }

    private func report(_ outcome: Outcome, of cron: Cron) {
        let name = LogValue.string(cron.entry.name)
        meters.planned(
            cron.entry.name, runs: outcome.runs.count, skipped: outcome.plan.skipped.count,
            last: outcome.runs.last?.planned)
        for run in outcome.runs {
            logger.info(
                "enqueued", ["cron": name, "job.id": .id(run.job.id), "planned": .string(run.planned.rfc3339)])
        }
        if let first = outcome.plan.skipped.first {
            logger.warning(
                "skipped runs",
                [
                    "cron": name, "runs": .int(outcome.plan.skipped.count), "first": .string(first.planned.rfc3339),
                    "reason": .string(first.reason.description),
                ])
        }
        guard outcome.plan.clockBehind > CronEntry.punctual else { return }
        if complaints.isNews(cron.entry.name) {
            logger.warning(
                "the clock is behind what is planned already; nothing runs until it has caught up",
                ["cron": name, "behind": .duration(outcome.plan.clockBehind)])
        }
    }
}
