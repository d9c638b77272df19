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
            if job.row != nil, let durable {
                try await durable.cancel([(id: job.id, queue: job.queue)])
            } else {
                _ = try await session.operations().cancel(job.id, in: job.queue)
            }
            return switch job.state {
            case .leased: .init(word: "told", text: "its worker is told within seconds")
            case .ready, .suspect: .init(word: "marked", text: "will be skipped when its turn comes")
            case .scheduled, .retrying, .parked: .init(word: "cancelled", text: "cancelled")
            }
        }
        return try await actions.run(invocation, session)
    }
}
