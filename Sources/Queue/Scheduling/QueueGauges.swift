import Runtime

/// What the metrics say of each queue.
struct QueueGauges: Sendable {
    private let jobs: Family<Gauge>
    private let oldestReady: Family<Gauge>
    private let difference: Family<Gauge>
    private let letters: Family<Gauge>
    private let connections: Family<Gauge>
    private let wanted: Family<Gauge>
    private let due: Gauge
    private let oldestDue: Gauge

    init(_ metrics: MetricsRegistry) {
        jobs = metrics.gauges("queue_jobs", "Jobs in a queue, by state.", labels: ["queue", "state"])
        oldestReady = metrics.gauges(
            "queue_oldest_ready_seconds", "For how long the job that is next has been ready.", labels: ["queue"])
        difference = metrics.gauges(
            "queue_ledger_difference", "Jobs that came in and are nowhere; 0 when the books balance.",
            labels: ["queue"])
        letters = metrics.gauges(
            "queue_dead_letters", "Dead letters that nobody has retried or deleted.", labels: ["queue"])
        connections = metrics.gauges(
            "queue_worker_connections", "Connections of workers that serve a queue: one for each of their loops.",
            labels: ["queue"])
        wanted = metrics.gauges(
            "queue_workers_wanted", "Workers that a queue needs for what waits and what comes.", labels: ["queue"])
        due = metrics.gauge("outbox_due_jobs", "Jobs that should be in Redis by now and are not, counted up to 10,000.")
        oldestDue = metrics.gauge(
            "outbox_oldest_due_seconds", "For how long the first of those has been due; 0 where there is none.")
    }

    func show(_ need: QueueNeed) { wanted.with(need.queue.name).set(need.wanted) }

    func show(due count: Int, oldest age: Duration) {
        due.set(count)
        oldestDue.set(age.inSeconds)
    }

    func show(_ balance: Balance, of queue: QueueName) {
        let states: KeyValuePairs = [
            "ready": balance.ready, "due": balance.due, "leased": balance.leased, "suspect": balance.suspect,
            "dead": balance.unstored,
        ]
        for (state, count) in states { jobs.with(queue.name, state).set(count) }
        connections.with(queue.name).set(balance.workers)
    }

    func show(oldestReady age: Duration, of queue: QueueName) {
        oldestReady.with(queue.name).set(age.inSeconds)
    }

    /// 0 until it was seen twice.
    func show(difference count: Int, of queue: QueueName) { difference.with(queue.name).set(count) }

    func show(deadLetters count: Int, of queue: QueueName) { letters.with(queue.name).set(count) }
}
