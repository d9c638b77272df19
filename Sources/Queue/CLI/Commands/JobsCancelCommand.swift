import Queue
import Runtime

/// `yardctl jobs cancel`
enum JobsCancelCommand {
    static let command = Command(
        path: "jobs cancel", summary: "cancel jobs, running ones too",
        details: [
            "A job that waits for its time is cancelled at once, a ready one when a worker comes to it, a running one",
            "by its worker's next heartbeat; what its handler has done by then stays done.",
        ],
        parameters: [JobActions.parameter], options: LocatedJob.options, run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        try await JobActions.run(invocation, session) { job in
            if job.row != nil {
                try await session.withDurable { try await $0.cancel([(id: job.id, queue: job.queue)]) }
            } else {
                _ = try await session.operations().cancel(job.id, in: job.queue)
            }
            return switch job.state {
            case .leased: .init(word: "told", text: "its worker is told within seconds")
            case .ready, .suspect: .init(word: "marked", text: "will be skipped when its turn comes")
            case .scheduled, .retrying, .parked: .init(word: "cancelled", text: "cancelled")
            }
        }
    }
}
