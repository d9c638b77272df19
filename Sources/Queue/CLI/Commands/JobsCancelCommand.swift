import Queue
import Runtime

/// `yardctl jobs cancel`
enum JobsCancelCommand {
    static let command = Command(
        path: "jobs cancel", summary: "cancel jobs, running ones too",
        details: [
            "A job that waits for its time is cancelled at once, a ready one when a worker comes to it, a running one",
            "by its worker's next heartbeat; what its handler has done by then stays done. Many at once are chosen by",
            "--queue with filters or --all; then it asks first.",
        ],
        parameters: [JobSelection.ids], options: JobSelection.options(JobState.allCases),
        examples: [("--queue push --state retrying --kind push.send", "what has failed of one kind")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let actions = JobActions(done: "Cancelled", doing: "cancel", states: JobState.allCases) { job, durable in
            let outcome = try await session.desk().cancel(job, durable)
            return switch outcome {
            case .told: .init(word: outcome.rawValue, text: "its worker is told within seconds")
            case .marked: .init(word: outcome.rawValue, text: "will be skipped when its turn comes")
            case .cancelled: .init(word: outcome.rawValue, text: "cancelled")
            }
        }
        return try await actions.run(invocation, session)
    }
}
