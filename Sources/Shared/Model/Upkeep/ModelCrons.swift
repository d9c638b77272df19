import Queue

/// What the scheduler enqueues at set times. Each job says beside its kind what becomes of runs that were missed.
package enum ModelCrons {
    package static func all() throws -> [Cron] {
        try [
            PruneAccounts.cron(), PruneTables.cron(), FinishDeletions.cron(), AnalyzeTables.cron(), PlanDigests.cron(),
            ReportStatistics.cron(), ReportLedger.cron(),
        ]
    }
}
