import Model
import Queue

/// The mails of missed messages.
package func digestHandlers(_ digests: Digests, _ carrier: any MailCarrier) -> [AnyHandler] {
    [
        AnyHandler(PlanDigestsHandler(digests: digests)),
        AnyHandler(SendDigestHandler(digests: digests, carrier: carrier)),
    ]
}

/// Finds out who has missed something.
struct PlanDigestsHandler: JobHandler {
    let digests: Digests

    /// Marks and mails commit with the end of the job, and nobody who is marked is owed another one.
    func handle(_ job: PlanDigests, _ context: JobContext) async throws {
        try await context.transaction { try await digests.plan(job, on: $0) }
    }
}

/// Writes somebody of what they have missed.
struct SendDigestHandler: JobHandler {
    let digests: Digests
    let carrier: any MailCarrier

    /// Sent twice, both have one Message-ID.
    func handle(_ job: SendDigest, _ context: JobContext) async throws {
        try await carrier.send(try await digests.letter(for: job), context)
    }
}
