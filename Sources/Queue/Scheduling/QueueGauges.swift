import Runtime

/// What the metrics say of each queue.
struct QueueGauges: Sendable {
    private let jobs: Family<Gauge>
    private let oldestReady: Family<Gauge>
    private let difference: Family<Gauge>
    private let letters: Family<Gauge>

    init(_ metrics: MetricsRegistry) {
        jobs = metrics.gauges("queue_jobs", "Jobs in a queue, by state.", labels: ["queue", "state"])
        oldestReady = metrics.gauges(
            "queue_oldest_ready_seconds", "For how long the job that is next has been ready.", labels: ["queue"])
        difference = metrics.gauges(
            "queue_ledger_difference", "Jobs that came in and are nowhere; 0 when the books balance.",
            labels: ["queue"])
        letters = metrics.gauges(
            "queue_dead_letters", "Dead letters that nobody has retried or deleted.", labels: ["queue"])
    }

    func show(_ balance: Balance, of queue: QueueName) {
        let states: KeyValuePairs = [
            "ready": balance.ready, "due": balance.due, "leased": balance.leased, "suspect": balance.suspect,
            "dead": balance.unstored,
        ]
        for (state, count) in states { jobs.with(queue.name, state).set(count) }
    }

    func show(oldestReady age: Duration, of queue: QueueName) {
        oldestReady.with(queue.name).set(age.inSeconds)
    }

    /// 0 until it was seen twice.
    func show(difference count: Int, of queue: QueueName) { difference.with(queue.name).set(count) }

    func show(deadLetters count: Int, of queue: QueueName) { letters.with(queue.name).set(count) }
}
