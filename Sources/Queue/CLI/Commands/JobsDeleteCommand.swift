import Queue
import Runtime

/// `yardctl jobs delete`
enum JobsDeleteCommand {
    static let command = Command(
        path: "jobs delete", summary: "take jobs out that no worker runs",
        details: ["They count as cancelled. A running job can only be cancelled."],
        parameters: [JobActions.parameter], options: LocatedJob.options + [.yes], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let count = invocation.words("ID").count
        try await session.confirm("Delete \(Figures.count(count, "job")) for good?", invocation)
        return try await JobActions.run(invocation, session) { job in
            if job.state == .leased {
                return .init(word: "running", text: "a worker runs it; yardctl jobs cancel stops it", isDone: false)
            }
            // First in Redis: what a worker has taken by then goes on as if nothing had been asked.
            if let found = job.inRedis, !(try await session.operations().delete(found)) {
                return .init(word: "gone", text: "it has just been taken, or has ended", isDone: false)
            }
            if job.row != nil { try await session.withDurable { try await $0.finish([job.id], as: .cancelled) } }
            return .init(word: "deleted", text: "deleted")
        }
    }
}
