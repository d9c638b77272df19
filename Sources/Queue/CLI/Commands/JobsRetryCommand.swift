import Queue
import Runtime

/// `yardctl jobs retry`
enum JobsRetryCommand {
    static let command = Command(
        path: "jobs retry", summary: "run jobs now that wait for their time",
        details: [
            "Scheduled, retrying and parked jobs; where --queue and filters choose them, scheduled ones only with",
            "--state scheduled. Dead ones come back with: yardctl dead retry.",
        ],
        parameters: [JobSelection.ids], options: JobSelection.options([.scheduled, .retrying, .parked]),
        examples: [("--queue push --state parked", "those that a deploy has found a worker for")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let actions = JobActions(done: "Brought forward", doing: "bring forward", states: [.retrying, .parked]) {
            job, _ in
            guard try await session.desk().move(job, to: .now) else {
                return .init(
                    word: job.state.rawValue, text: "does not wait for its time: it is \(job.state.rawValue)",
                    isDone: false)
            }
            return .init(word: "ready", text: "runs now")
        }
        return try await actions.run(invocation, session)
    }
}
