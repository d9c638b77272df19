import HTTP
import JSON
import Queue
import Runtime

extension JobState: SchemaBearing {}

extension JobFailure: SchemaBearing {
    package static var schema: JSONSchema {
        .named("JobFailure") {
            .object([
                JSONSchema.Member("at", .timestamp), JSONSchema.Member("attempt", .integer()),
                JSONSchema.Member("type", .string()), JSONSchema.Member("message", .string()),
            ])
        }
    }
}

extension InspectedJob: Representable {
    private var lastError: JobFailure? { envelope.hasOptions ? envelope.options.errors.last : nil }
    private var obstacle: String? {
        guard state == .parked else { return nil }
        return (envelope.options.obstacle ?? .unknownKind).reason
    }

    package static let representation = Representation<InspectedJob>(
        "Job", "A job that has not ended.",
        [
            .member("id") { $0.id },
            .member("queue") { $0.queue.name },
            .member("state") { $0.state },
            .member("kind") { $0.envelope.kind },
            .member("key") { $0.envelope.key },
            .member("priority") { $0.envelope.priority.description },
            .member("durable") { $0.envelope.attributes.contains(.durable) },
            .member("enqueuedAt") { $0.id.uuid.time },
            .member("dueAt") { $0.dueAt },
            .member("worker", "The connection that has it.") { $0.holder },
            .member("failed", "How often it has failed.") { Int($0.envelope.attempts) },
            .member("crashes") { Int($0.envelope.crashes) },
            .member("lastError") { $0.lastError?.message },
            .member("obstacle", "Why it is parked.") { $0.obstacle },
        ])
}

/// Something that happened to a job, or will.
struct JobEvent: Representable {
    let at: Timestamp
    let event: String
    let text: String?

    static let representation = Representation<JobEvent>(
        "JobEvent", "Something that happened to a job, or will.",
        [
            .member("at") { $0.at },
            .member(
                "event",
                schema: .choice(["enqueued", "failed", "parked", "due", "meant", "expires", "died", "retried"])
            ) {
                $0.event
            },
            .member("text") { $0.text },
        ])

    static func timeline(
        of id: JobID, _ options: EnvelopeOptions, dueAt: Timestamp? = nil, failures: [JobFailure]? = nil
    ) -> [JobEvent] {
        var events = [JobEvent(at: id.uuid.time, event: "enqueued", text: nil)]
        events += (failures ?? options.errors).map {
            JobEvent(at: $0.at, event: "failed", text: "run \($0.attempt): \($0.type): \($0.message)")
        }
        if let parked = options.parkedSince {
            events.append(
                JobEvent(at: parked, event: "parked", text: (options.obstacle ?? .unknownKind).reason))
        }
        if let dueAt { events.append(JobEvent(at: dueAt, event: "due", text: nil)) }
        if let time = options.runAt, time.milliseconds != dueAt?.milliseconds {
            events.append(JobEvent(at: time, event: "meant", text: "was first meant to run"))
        }
        if let expiry = options.expiresAt { events.append(JobEvent(at: expiry, event: "expires", text: nil)) }
        return events.sorted { $0.at < $1.at }
    }
}

/// All that is known of one job, wherever it is.
struct JobSheet: Sendable {
    let id: JobID
    let queue: String
    /// Of a job that has ended: `dead`, or what a tracked one says of itself.
    let state: String
    var job: InspectedJob?
    var location: LocatedJob?
    var isToBeCancelled = false
    var tracked: TrackedJob?
    var letter: DeadLetter?
    var payload: RedactedPayload?
    var events: [JobEvent] = []
    var failures: [JobFailure] = []
    var options = EnvelopeOptions()
    var kind: String?

    private var claims: [String] {
        guard let envelope = job?.envelope else { return [] }
        let names: [(Envelope.Claims, String)] = [
            (.unique, "unique"), (.keyed, "keyed"), (.ordered, "ordered"), (.tracked, "tracked"),
        ]
        return names.filter { envelope.claims.contains($0.0) }.map(\.1)
    }
}

extension JobSheet: Representable {
    static let representation = Representation<JobSheet>(
        "JobSheet", "All that is known of one job.",
        [
            .member("id") { $0.id },
            .member("queue") { $0.queue },
            .member("state", "`dead` and `done` too, of what has ended and left something to read.") { $0.state },
            .member("kind") { $0.kind },
            .member("job", schema: InspectedJob.schema.orNull) { $0.job },
            .member("claims", "What it holds until it ends.") { $0.claims },
            .member("inRedis") { $0.location?.inRedis != nil },
            .member("toBeCancelled") { $0.isToBeCancelled },
            .member("batchId") { $0.location?.row?.batch },
            .member("chainId") { $0.location?.row?.chain },
            .member("requestId") { $0.options.requestID },
            .member("traceId") { $0.options.trace?.traceIDText },
            .member("progress", "From 0 to 1, of a tracked job.") { $0.tracked?.progress },
            .member("note") { $0.tracked?.note },
            .member("letterId", "Of a dead job.") { $0.letter?.id },
            .member("retriedAt") { $0.letter?.retriedAt },
            .member("timeline") { $0.events },
            .member("errors") { $0.failures },
            .member("payload", schema: RedactedPayload.schema.orNull) { $0.payload },
        ])
}
