import Queue
import Runtime

/// `yardctl jobs reschedule`
enum JobsRescheduleCommand {
    static let command = Command(
        path: "jobs reschedule", summary: "move jobs that wait for their time to another time",
        parameters: [JobActions.named], options: [.at, .in] + LocatedJob.options,
        examples: [("01890a5d-ac96-774b-bcce-b302099a8057 --in 2h", "two hours from now")], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        guard let time = try invocation.moment() else {
            throw UsageError("when? Give --at or --in", command: invocation.command)
        }
        let actions = JobActions(done: "Moved", doing: "move", states: []) { job, _ in
            guard try await session.desk().move(job, to: time) else {
                return .init(
                    word: job.state.rawValue, text: "does not wait for its time: it is \(job.state.rawValue)",
                    isDone: false)
            }
            return .init(word: "moved", text: "due \(time.rfc3339), \(Figures.relative(time))")
        }
        return try await actions.runNamed(invocation, session)
    }
}
