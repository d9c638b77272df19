import Postgres
import Queue
import Runtime

/// What is done about money: each action is an extension in a file of its own. Rows are locked in one order: the order,
/// its payment, the person's subscription, the person.
package struct Payments: Sendable {
    package let durable: DurableQueue
    package let config: PaymentsConfig
    package let providers: Providers
    let meters: PaymentMeters
    /// Where people's sockets hear of it; nil where nobody is told at once.
    let stage: EventStage?
    let log: Logger
    let clock: any WallClock

    package var database: Database { durable.database }
    package var places: Places { config.places }
    var now: Timestamp { clock.now }
    package var entitlements: Entitlements {
        Entitlements(database: database, grace: config.grace, clock: clock)
    }

    package init(
        durable: DurableQueue, config: PaymentsConfig, providers: Providers, metrics: MetricsRegistry,
        stage: EventStage? = nil, log: Logger, clock: any WallClock = SystemClock()
    ) {
        self.durable = durable
        self.config = config
        self.providers = providers
        self.stage = stage
        self.log = log.part("payments")
        self.clock = clock
        meters = PaymentMeters(metrics)
    }
}

extension Payments {
    /// So that nobody takes play money for real.
    package func sayWhatIsSimulated() {
        guard !config.simulated.isEmpty else { return }
        log.warning(
            "development stand-in: payments go to the simulator (PAYMENT_SIMULATOR_URL)",
            ["providers": .string(config.simulated.map(\.rawValue).joined(separator: ", "))])
    }
}

/// What is counted about money. Names that alerts have used before are kept.
package struct PaymentMeters: Sendable {
    let orders: Counter
    let failures: Counter
    let successes: Counter
    let processing: Histogram
    let webhooks: Histogram
    let refused: Family<Counter>
    let received: Family<Counter>
    let excess: Family<Counter>
    let contradictions: Counter
    let matches: Counter
    let unmatched: Gauge
    /// What the last proof of the books has found, and when that was.
    let bookFindings: Gauge
    let booksProvedAt: Gauge
    let reconciledAt: Gauge

    init(_ metrics: MetricsRegistry) {
        orders = metrics.counter("payment_orders_created_total", "Orders that people have made.")
        let failures = metrics.counter("payment_failures_total", "Payments that were reported as failed.")
        let successes = metrics.counter("payment_successes_total", "Payments that have paid their orders.")
        (self.failures, self.successes) = (failures, successes)
        processing = metrics.histogram(
            "payment_processing_duration_seconds", "From the report of a payment to what it gives.")
        webhooks = metrics.histogram(
            "webhook_processing_duration_seconds", "From the arrival of a webhook to its end.")
        refused = metrics.counters(
            "payment_webhooks_refused_total", "Webhooks that nobody can have signed.", labels: ["provider"])
        received = metrics.counters(
            "payment_webhooks_received_total", "Webhooks that were stored, or had been.", labels: ["provider"])
        excess = metrics.counters(
            "payment_excess_total", "Payments that belong to no order as they are.", labels: ["reason"])
        contradictions = metrics.counter(
            "payment_contradictions_total", "Reports that contradict what was reported before.")
        matches = metrics.counter(
            "reconciliation_matches_total", "Payments that reconciliation found as they are here.")
        unmatched = metrics.gauge(
            "unmatched_transactions_count", "What the last reconciliation could not put in order.")
        bookFindings = metrics.gauge(
            "payment_ledger_findings", "What the last proof of the books found that should not be there.")
        booksProvedAt = metrics.gauge(
            "payment_ledger_check_timestamp_seconds", "When the books were last proved here; 0 for not yet.")
        reconciledAt = metrics.gauge(
            "reconciliation_last_run_timestamp_seconds", "When the last reconciliation here ended; 0 for not yet.")
        let share = RecentShare(over: .hours(1), whenIdle: 1)
        metrics.computed(
            "payment_success_rate",
            "Of the payments that ended within an hour, the share that has paid; 1 where there were none."
        ) {
            share.value(RecentShare.Counts(part: successes.value, whole: successes.value + failures.value))
        }
    }
}
