import Model
import Queue
import Runtime

/// What is due by the calendar: a line for each.
func crons(_ config: ScheduleConfig) throws -> [Cron] {
    try [
        try PruneAccounts.cron(),
        try SweepMedia.cron(),
        try ExpireStories.cron(),
    ] + config.reconciliation.crons()
}

/// What the scheduler reads besides what every scheduler does.
struct ScheduleConfig: ConfigGroup {
    let scheduler: SchedulerConfig
    let reconciliation: ReconciliationConfig
    let places: Places

    init(from reader: inout ConfigReader) {
        scheduler = SchedulerConfig(from: &reader)
        reconciliation = ReconciliationConfig(from: &reader)
        places = Places(from: &reader)
    }
}
