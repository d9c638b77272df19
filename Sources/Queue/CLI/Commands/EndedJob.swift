import JSON
import Queue
import Runtime

/// A tracked job that is in no queue any more: what it left to be read.
struct EndedJob: Sendable {
    let id: JobID
    let queue: QueueName
    let tracked: TrackedJob

    static func find(_ id: JobID, _ invocation: Invocation, _ session: Session) async throws -> EndedJob? {
        var queues = [try invocation.queueOption()].compactMap { $0 }
        if queues.isEmpty { queues = try await session.directory().queues() }
        let client = try session.client()
        for queue in queues {
            if let tracked = try await client.tracked(id, in: queue) {
                return EndedJob(id: id, queue: queue, tracked: tracked)
            }
        }
        return nil
    }
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
        if asJSON {
            let result = job.tracked.result.flatMap { try? JSONCoder.decode(JSONValue.self, from: $0) }
            print([
                "id": .string("\(job.id)"), "queue": .string(job.queue.name), "state": .string(job.tracked.state),
                "progress": job.tracked.progress.flatMap { JSONNumber($0) }.map { .number($0) } ?? .null,
                "note": .text(job.tracked.note), "result": result ?? .text(job.tracked.result),
            ])
        } else {
            var facts = [("queue", job.queue.name), ("state", job.tracked.state)]
            if let told = job.tracked.told { facts.append(("progress", told)) }
            if let result = job.tracked.result { facts.append(("result", result.printable)) }
            print("\(job.id)\n\n" + JobSheet.fields(facts, self))
        }
    }
}
