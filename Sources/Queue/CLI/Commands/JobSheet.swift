import Queue
import Redis
import Runtime

/// A job on a page: what it is, what happened to it, what it carries.
struct JobSheet {
    let job: InspectedJob
    let located: LocatedJob
    /// Somebody wishes to cancel it.
    let isUnwanted: Bool
    let payload: ShownPayload
    /// What it tells of itself, if it is tracked.
    let tracked: TrackedJob?
    let console: Console

    private var envelope: EnvelopeView { job.envelope }

    var text: String {
        var text = console.paint(envelope.kind.printable, .bold) + "  \(job.id)\n\n"
        text += Self.fields(facts, console)
        text += "\n" + console.paint("Timeline", .bold) + "\n" + Self.fields(timeline, console)
        text += "\n" + console.paint("Payload", .bold) + "\n  \(payload.printed)\n"
        return text
    }

    static func fields(_ fields: [(String, String)], _ console: Console) -> String {
        let width = fields.map(\.0.columns).max() ?? 0
        let room = console.size.width.map { max(20, $0 - width - 4) }
        return fields.map { name, value in
            "  \(name.padded(toColumns: width))  \(room.map { value.cut(toColumns: $0) } ?? value)\n"
        }.joined()
    }

    private var facts: [(String, String)] {
        var facts = [
            ("queue", job.queue.name), ("state", state), ("priority", envelope.priority.description),
            ("lane", lane), ("payload", "\(Figures.bytes(envelope.payload.count)), schema \(envelope.schemaVersion)"),
            (
                "runs",
                "\(envelope.attempts) failed, \(envelope.crashes) crashes, \(envelope.interruptions) interruptions"
            ),
        ]
        if let key = envelope.key { facts.append(("key", key.printable)) }
        if let batch = located.row?.batch { facts.append(("batch", batch.description)) }
        if let chain = located.row?.chain { facts.append(("chain", chain.description)) }
        if let holder = job.holder { facts.append(("worker", holder.printable)) }
        if let told = tracked?.told { facts.append(("progress", told)) }
        if let request = envelope.options.requestID { facts.append(("request", request.printable)) }
        if let trace = envelope.options.trace { facts.append(("trace", "\(trace)")) }
        return facts
    }

    private var state: String {
        guard located.inRedis != nil else { return "scheduled, in PostgreSQL until a minute before its time" }
        return job.state.rawValue + (isUnwanted ? ", to be cancelled" : "")
            + (job.dueAt.map { ", due \(Figures.relative($0))" } ?? "")
    }

    private var lane: String {
        var words = [envelope.attributes.contains(.durable) ? "durable" : "volatile"]
        let claims: [(Envelope.Claims, String)] = [
            (.unique, "unique"), (.keyed, "keyed"), (.ordered, "ordered"), (.tracked, "tracked"),
        ]
        words += claims.filter { envelope.claims.contains($0.0) }.map(\.1)
        if envelope.attributes.contains(.encrypted) { words.append("sealed") }
        if envelope.attributes.contains(.payloadStored) { words.append("payload in PostgreSQL") }
        return words.joined(separator: ", ")
    }

    private var timeline: [(String, String)] {
        let options = envelope.options
        var events: [(time: Timestamp, what: String)] = [(job.id.uuid.time, "enqueued")]
        events += options.errors.map { ($0.at, "run \($0.attempt) failed: \($0.type): \($0.message.printable)") }
        if let parked = options.parkedSince {
            events.append((parked, "parked: \(options.obstacle?.reason ?? Obstacle.unknownKind.reason)"))
        }
        if let due = job.dueAt { events.append((due, "due")) }
        // To the millisecond: Redis' times have no more.
        if let time = options.runAt, time.milliseconds != job.dueAt?.milliseconds {
            events.append((time, "was first meant to run"))
        }
        if let expiry = options.expiresAt { events.append((expiry, "expires")) }
        return events.sorted { $0.time < $1.time }.map { event in
            ("\(event.time.rfc3339)  \(Figures.relative(event.time))", event.what)
        }
    }
}
