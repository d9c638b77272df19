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
            let outcome = try await session.desk().delete(job, durable)
            return switch outcome {
            case .deleted: .init(word: outcome.rawValue, text: "deleted")
            case .running:
                .init(word: outcome.rawValue, text: "a worker runs it; yardctl jobs cancel stops it", isDone: false)
            case .gone: .init(word: outcome.rawValue, text: "it has just been taken, or has ended", isDone: false)
            }
        }
        return try await actions.run(invocation, session)
    }
}
