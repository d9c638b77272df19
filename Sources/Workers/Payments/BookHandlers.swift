import Model
import Queue
import Runtime

/// Has money given back.
struct SubmitRefundHandler: JobHandler {
    let payments: Payments

    /// The provider tells a second wish from the first by its reference, and it is looked for before it is repeated.
    func handle(_ job: SubmitRefund, _ context: JobContext) async throws { try await payments.submit(job, context) }
}

/// Writes the invoices that are due.
struct IssueInvoicesHandler: JobHandler {
    let invoicing: Invoicing

    /// A payment has one invoice, by constraint; numbers are taken with the rows that bear them, or not at all.
    func handle(_ job: IssueInvoices, _ context: JobContext) async throws {
        let count = try await context.transaction { try await invoicing.issue(on: $0) }
        if count > 0 { context.logger.info("invoices were written", ["count": .int(count)]) }
    }
}

/// Writes the credit note of a refund.
struct IssueCreditNoteHandler: JobHandler {
    let invoicing: Invoicing

    /// A refund has one credit note, by constraint.
    func handle(_ job: IssueCreditNote, _ context: JobContext) async throws {
        try await context.transaction { try await invoicing.issue(job, on: $0) }
    }
}

/// Compares the books with those of the providers.
struct ReconcilePaymentsHandler: JobHandler {
    let payments: Payments
    let config: ReconciliationConfig

    /// What was put right is found to be right the second time.
    func handle(_ job: ReconcilePayments, _ context: JobContext) async throws {
        try await payments.reconcile(job, config)
    }
}

/// Removes the bodies of old webhooks.
struct PruneWebhooksHandler: JobHandler {
    let payments: Payments

    /// What is gone cannot be removed twice.
    func handle(_ job: PruneWebhooks, _ context: JobContext) async throws {
        let count = try await payments.pruneWebhooks()
        if count > 0 { context.logger.info("old webhooks were removed", ["count": .int(count)]) }
    }
}

/// Proves the books.
struct CheckBooksHandler: JobHandler {
    let payments: Payments

    /// It only looks.
    func handle(_ job: CheckBooks, _ context: JobContext) async throws { try await payments.checkBooks() }
}
