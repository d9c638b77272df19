import JSON
import Queue
import Runtime

/// A job that is in no queue any more: what it left to be read. One of the two is there.
struct EndedJob: Sendable {
    let id: JobID
    let queue: String
    /// For a day after the end of a tracked job.
    let tracked: TrackedJob?
    /// Where it is dead.
    let letter: DeadLetter?

    static func find(_ id: JobID, _ invocation: Invocation, _ session: Session) async throws -> EndedJob? {
        let letter = try await letter(of: id, session)
        var queues = [try invocation.queueOption()].compactMap { $0 }
        if queues.isEmpty { queues = try await session.directory().queues() }
        let client = try session.client()
        for queue in queues {
            if let tracked = try await client.tracked(id, in: queue) {
                return EndedJob(id: id, queue: queue.name, tracked: tracked, letter: letter)
            }
        }
        return letter.map { EndedJob(id: id, queue: $0.queue, tracked: nil, letter: $0) }
    }

    /// The latest; a database that is away, or not migrated, has none to show.
    private static func letter(of id: JobID, _ session: Session) async throws -> DeadLetter? {
        guard try session.databaseIfSet() != nil else { return nil }
        var filter = DeadLetterFilter()
        filter.job = id
        filter.includesRetried = true
        let asked = filter
        return try? await session.withDeadLetters { try await $0.list(asked, limit: 1).first }
    }

    fileprivate var state: String { tracked?.state ?? "dead" }
}

extension TrackedJob {
    /// `40 %, half way`; nil when it has told nothing.
    var told: String? {
        let words = [progress.map { "\(Int(($0 * 100).rounded())) %" }, note?.printable]
        let said = words.compactMap { $0 }.filter { !$0.isEmpty }
        return said.isEmpty ? nil : said.joined(separator: ", ")
    }
}

extension Console {
    func print(_ job: EndedJob, asJSON: Bool) {
        if asJSON { print(job.json) } else { print(job.text(self)) }
    }
}

extension EndedJob {
    fileprivate var json: JSONValue {
        let result = tracked?.result.flatMap { try? JSONCoder.decode(JSONValue.self, from: $0) }
        return [
            "id": .string("\(id)"), "queue": .string(queue), "state": .string(state),
            "progress": tracked?.progress.flatMap { JSONNumber($0) }.map { .number($0) } ?? .null,
            "note": .text(tracked?.note), "result": result ?? .text(tracked?.result), "letter": letter?.json ?? .null,
        ]
    }

    fileprivate func text(_ console: Console) -> String {
        var facts = [("queue", queue), ("state", state)]
        if let told = tracked?.told { facts.append(("progress", told)) }
        if let result = tracked?.result { facts.append(("result", result.printable)) }
        guard let letter else { return "\(id)\n\n" + JobSheet.fields(facts, console) }
        facts += [
            ("runs", "\(letter.attempts) failed, \(letter.crashes) crashes"),
            ("error", "\(letter.errorType): \(letter.lastError)".printable), ("died", Figures.relative(letter.diedAt)),
        ]
        if let time = letter.retriedAt { facts.append(("retried", Figures.relative(time))) }
        return console.paint(letter.kind.printable, .bold) + "  \(id)\n\n" + JobSheet.fields(facts, console)
            + "\nAll of it: yardctl dead show \(letter.id)"
    }
}
