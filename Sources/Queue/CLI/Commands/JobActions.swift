import JSON
import Queue
import Runtime

/// Does one thing with each of the jobs that are named, and says what became of each.
struct JobActions {
    /// What became of one job.
    struct Outcome {
        let word: String
        /// A sentence for people.
        let text: String
        var isDone = true
    }

    static let parameter = Command.Parameter(name: "ID", summary: "the jobs", isRepeated: true)

    static func run(
        _ invocation: Invocation, _ session: Session, _ action: (LocatedJob) async throws -> Outcome
    ) async throws -> ExitCode {
        let ids = try invocation.words("ID").map { text throws(UsageError) in try invocation.jobID(text) }
        var results: [JSONValue] = []
        var failed = 0
        for id in ids {
            let outcome = try await outcome(of: id, invocation, session, action)
            if !outcome.isDone { failed += 1 }
            results.append([
                "id": .string(id.description), "outcome": .string(outcome.word), "done": .bool(outcome.isDone),
            ])
            guard !invocation.wantsJSON else { continue }
            if outcome.isDone {
                session.console.print("\(id): \(outcome.text)")
            } else {
                session.console.note("\(id): \(outcome.text)")
            }
        }
        if invocation.wantsJSON { session.console.print(["results": .array(results)]) }
        return failed == 0 ? .clean : .finding
    }

    /// A job that is not there does not keep the others from being dealt with.
    private static func outcome(
        of id: JobID, _ invocation: Invocation, _ session: Session, _ action: (LocatedJob) async throws -> Outcome
    ) async throws -> Outcome {
        do {
            return try await action(try await LocatedJob.find(id, invocation, session))
        } catch let failure as CommandFailure where failure.code == .finding {
            return Outcome(word: "absent", text: failure.text + (failure.hint.map { ". \($0)" } ?? ""), isDone: false)
        }
    }
}
