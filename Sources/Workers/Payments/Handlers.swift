import HTTP
import Model
import Queue
import Runtime

/// What the payments worker reads besides what all workers read.
package struct PaymentWorkerConfig: ConfigGroup {
    package let payments: PaymentsConfig
    package let invoices: InvoiceConfig
    package let reconciliation: ReconciliationConfig

    package init(from reader: inout ConfigReader) {
        payments = PaymentsConfig(from: &reader)
        invoices = InvoiceConfig(from: &reader)
        reconciliation = ReconciliationConfig(from: &reader)
    }
}

/// The handlers of the payments worker: a line for each.
package func paymentHandlers(_ config: PaymentWorkerConfig, _ worker: WorkerProcess) -> [AnyHandler] {
    let launch = worker.launch
    let http = HTTPClient(on: launch.loops, .init(launch.metrics, "payments"))
    let payments = Payments(
        durable: worker.durable, config: config.payments, providers: Providers(config.payments, http: http),
        metrics: launch.metrics,
        stage: EventStage(redis: worker.stores.redis, prefix: worker.stores.redisPrefix), log: worker.launch.log)
    payments.sayWhatIsSimulated()
    return paymentHandlers(
        payments, Invoicing(durable: worker.durable, config: config.invoices, places: payments.places),
        config.reconciliation)
}

/// The same, for whoever has the parts.
package func paymentHandlers(
    _ payments: Payments, _ invoicing: Invoicing, _ reconciliation: ReconciliationConfig
) -> [AnyHandler] {
    [
        AnyHandler(OpenOrderHandler(payments: payments)),
        AnyHandler(PollOrderHandler(payments: payments)),
        AnyHandler(ExpireOrderHandler(payments: payments)),
        AnyHandler(ProcessWebhookHandler(payments: payments)),
        AnyHandler(ProcessWebhookGroupHandler(payments: payments)),
        AnyHandler(RefreshSubscriptionHandler(payments: payments)),
        AnyHandler(SubmitRefundHandler(payments: payments)),
        AnyHandler(IssueInvoicesHandler(invoicing: invoicing)),
        AnyHandler(IssueCreditNoteHandler(invoicing: invoicing)),
        AnyHandler(ReconcilePaymentsHandler(payments: payments, config: reconciliation)),
        AnyHandler(CheckBooksHandler(payments: payments)),
        AnyHandler(PruneWebhooksHandler(payments: payments)),
    ]
}
