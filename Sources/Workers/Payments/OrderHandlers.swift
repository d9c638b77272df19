import Model
import Queue

/// Makes an order at its provider.
struct OpenOrderHandler: JobHandler {
    let payments: Payments

    /// What a first run has made there is found by the second.
    func handle(_ job: OpenOrder, _ context: JobContext) async throws { try await payments.open(job) }
}

/// Asks a provider how an order stands.
struct PollOrderHandler: JobHandler {
    let payments: Payments

    /// The same report twice changes nothing, and the next question commits with the end of this one.
    func handle(_ job: PollOrder, _ context: JobContext) async throws { try await payments.poll(job, context) }
}

/// Ends an order whose time is over.
struct ExpireOrderHandler: JobHandler {
    let payments: Payments

    /// What has ended is not ended again.
    func handle(_ job: ExpireOrder, _ context: JobContext) async throws { try await payments.expire(job, context) }
}

/// Puts a webhook into the books.
struct ProcessWebhookHandler: JobHandler {
    let payments: Payments

    /// What it says is in the books once, by their constraints.
    func handle(_ job: ProcessWebhook, _ context: JobContext) async throws {
        try await payments.process(job, context)
    }
}

/// Puts webhooks that arrived together into the books.
struct ProcessWebhookGroupHandler: JobHandler {
    let payments: Payments

    /// All of it or nothing commits with the end of the job, and what was there is not put there twice.
    func handle(_ job: ProcessWebhookGroup, _ context: JobContext) async throws {
        try await payments.process(job, context)
    }
}

/// Looks again at a membership whose time has come.
struct RefreshSubscriptionHandler: JobHandler {
    let payments: Payments

    /// It follows from the grants and the time alone.
    func handle(_ job: RefreshSubscription, _ context: JobContext) async throws {
        try await context.transaction { try await payments.refresh(job, on: $0) }
    }
}
