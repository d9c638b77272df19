import Runtime

/// What the metrics of a worker process say of its work, by queue and kind.
package struct WorkerMeters: Sendable {
    private let taken: Family<Counter>
    private let ended: Family<Counter>
    private let failed: Family<Counter>
    private let abandoned: Family<Counter>
    private let running: Family<Gauge>
    private let durations: Family<Histogram>
    private let waits: Family<Histogram>
    private let fetchErrors: Family<Counter>
    private let leasesLost: Family<Counter>
    private let beatErrors: Family<Counter>
    let recovery: RecoveryMeters

    package init(_ metrics: MetricsRegistry) {
        let job = ["queue", "kind"]
        taken = metrics.counters("queue_jobs_taken_total", "Jobs whose handlers began.", labels: job)
        ended = metrics.counters(
            "queue_jobs_ended_total",
            "Runs by their outcome: done, dead, cancelled, expired; retrying, scheduled, ready or parked come again.",
            labels: job + ["outcome"])
        failed = metrics.counters("queue_jobs_failed_total", "Runs that failed, the last ones included.", labels: job)
        abandoned = metrics.counters(
            "queue_handlers_abandoned_total", "Handlers that did not end when cancelled.", labels: job)
        running = metrics.gauges("queue_jobs_running", "Jobs whose handlers run.", labels: job)
        durations = metrics.histograms(
            "queue_job_duration_seconds", "How long handlers ran.", labels: job, bounds: KindMeters.bounds)
        waits = metrics.histograms(
            "queue_job_wait_seconds", "How long jobs waited from when they could have begun.", labels: job,
            bounds: KindMeters.bounds)
        fetchErrors = metrics.counters(
            "queue_fetch_errors_total", "Fetches and settlements that failed.", labels: ["queue"])
        leasesLost = metrics.counters(
            "queue_leases_lost_total", "Leases that ended, or vanished, while this process held them.",
            labels: ["queue"])
        beatErrors = metrics.counters(
            "queue_beat_errors_total", "Heartbeats that got no answer.", labels: ["queue"])
        recovery = RecoveryMeters(metrics)
    }

    func kind(_ kind: String, in queue: QueueName) -> KindMeters {
        KindMeters(
            taken: taken.with(queue.name, kind),
            ended: outcomes(of: kind, in: queue),
            failed: failed.with(queue.name, kind), abandoned: abandoned.with(queue.name, kind),
            running: running.with(queue.name, kind), durations: durations.with(queue.name, kind),
            waits: waits.with(queue.name, kind))
    }

    func outcomes(of kind: String, in queue: QueueName) -> OutcomeMeters {
        OutcomeMeters(OutcomeMeters.outcomes.map { ended.with(queue.name, kind, "\($0)") })
    }

    func fetchErrors(in queue: QueueName) -> Counter { fetchErrors.with(queue.name) }
    func leasesLost(in queue: QueueName) -> Counter { leasesLost.with(queue.name) }
    func beatErrors(in queue: QueueName) -> Counter { beatErrors.with(queue.name) }
}

/// How runs of one kind ended.
struct OutcomeMeters: Sendable {
    fileprivate static let outcomes: [JobTally.Event] = [
        .done, .dead, .cancelled, .expired, .retrying, .scheduled, .ready, .parked,
    ]
    private let counters: [Counter]

    fileprivate init(_ counters: [Counter]) { self.counters = counters }

    func add(_ tally: JobTally) {
        for (outcome, counter) in zip(Self.outcomes, counters) { counter.add(tally[outcome]) }
    }
}

/// The series of one kind.
struct KindMeters: Sendable {
    /// From half a millisecond to half a minute, as the tallies' buckets are: powers of two of microseconds.
    private static let buckets = 9...25
    static let bounds = buckets.map { Double(1 << $0) / 1e6 }

    let taken: Counter
    let ended: OutcomeMeters
    let failed: Counter
    let abandoned: Counter
    let running: Gauge
    let durations: Histogram
    let waits: Histogram

    func add(_ tally: JobTally) {
        taken.add(tally[.taken])
        ended.add(tally)
        failed.add(tally[.failed])
        abandoned.add(tally[.abandoned])
        Self.add(tally.runs, to: durations)
        Self.add(tally.waits, to: waits)
    }

    private static func add(_ spans: JobTally.Spans, to histogram: Histogram) {
        let least = buckets.lowerBound
        var counts = [Int](repeating: 0, count: buckets.count + 1)
        for bucket in 0..<JobTally.Spans.count {
            counts[min(max(bucket - least, 0), buckets.count)] += spans[bucket]
        }
        histogram.add(counts, sum: Double(spans.sum) / 1e6)
    }
}

/// What recovery did: by workers, and by schedulers.
struct RecoveryMeters: Sendable {
    private let recovered: Family<Counter>

    init(_ metrics: MetricsRegistry) {
        recovered = metrics.counters(
            "queue_jobs_recovered_total", "Jobs taken back from workers that died, by what they became.",
            labels: ["queue", "state"])
    }

    func count(_ counts: Recovery.Counts, in queue: QueueName) {
        for (state, count) in [("ready", counts.ready), ("suspect", counts.suspects), ("dead", counts.dead)] {
            recovered.with(queue.name, state).add(count)
        }
    }
}
