import Model
import Queue

/// What is due by the calendar: a line for each.
func crons() throws -> [Cron] {
    [
        try PruneAccounts.cron(),
        try SweepMedia.cron(),
        try ExpireStories.cron(),
    ]
}
