import Queue
import Runtime

/// `yardctl jobs delete`
enum JobsDeleteCommand {
    private static let states = JobState.allCases.filter { $0 != .leased }

    static let command = Command(
        path: "jobs delete", summary: "take jobs out that no worker runs",
        details: [
            "They count as cancelled. A running job can only be cancelled. Many at once are chosen by --queue with filters",
            "or --all.",
        ],
        parameters: [JobSelection.ids], options: JobSelection.options(states), run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        if try !JobSelection.isMany(invocation) {
            let named = Figures.count(invocation.words("ID").count, "job")
            try await session.confirm("Delete \(named) for good?", invocation)
        }
        let actions = JobActions(done: "Deleted", doing: "delete", states: states) { job, durable in
            if job.state == .leased {
                return .init(word: "running", text: "a worker runs it; yardctl jobs cancel stops it", isDone: false)
            }
            // First in Redis: what a worker has taken by then goes on as if nothing had been asked.
            if let found = job.inRedis, !(try await session.operations().delete(found)) {
                return .init(word: "gone", text: "it has just been taken, or has ended", isDone: false)
            }
            if job.row != nil { try await durable?.finish([job.id], as: .cancelled) }
            return .init(word: "deleted", text: "deleted")
        }
        return try await actions.run(invocation, session)
    }
}
