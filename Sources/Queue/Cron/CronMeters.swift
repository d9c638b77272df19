import Runtime

/// What can be seen of cron entries. Each scheduler counts what it planned itself: sums tell of all.
struct CronMeters: Sendable {
    private let runs: Family<Counter>
    private let skips: Family<Counter>
    private let failures: Family<Counter>
    private let next: Family<Gauge>
    private let last: Family<Gauge>

    init(_ metrics: MetricsRegistry) {
        runs = metrics.counters("cron_runs_total", "Jobs that cron entries have enqueued.", labels: ["cron"])
        skips = metrics.counters("cron_skipped_runs_total", "Occurrences that did not run.", labels: ["cron"])
        failures = metrics.counters(
            "cron_failures_total", "Times that an entry could not be planned.", labels: ["cron"])
        next = metrics.gauges(
            "cron_next_run_timestamp_seconds", "When an entry runs next, as this scheduler last planned or saw it.",
            labels: ["cron"])
        last = metrics.gauges(
            "cron_last_run_timestamp_seconds", "For when the last run was planned that this scheduler enqueued.",
            labels: ["cron"])
    }

    func planned(_ name: String, runs count: Int, skipped: Int, last time: Timestamp?) {
        runs.with(name).add(count)
        skips.with(name).add(skipped)
        if let time { last.with(name).set(time.inSeconds) }
    }

    func failed(_ name: String) { failures.with(name).add() }

    /// Nil for one that does not run any more, or is paused: then nothing is late.
    func comes(_ name: String, next time: Timestamp?) { next.with(name).set(time?.inSeconds ?? .nan) }
}
