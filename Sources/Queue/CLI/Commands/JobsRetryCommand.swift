import Queue
import Runtime

/// `yardctl jobs retry`
enum JobsRetryCommand {
    static let command = Command(
        path: "jobs retry", summary: "run jobs now that wait for their time",
        details: ["Scheduled, retrying and parked jobs. Dead ones come back with: yardctl dead retry."],
        parameters: [JobActions.parameter], options: LocatedJob.options, run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        try await JobActions.run(invocation, session) { job in
            guard try await JobMove.move(job, to: .now, session) else {
                return .init(
                    word: job.state.rawValue, text: "does not wait for its time: it is \(job.state.rawValue)",
                    isDone: false)
            }
            return .init(word: "ready", text: "runs now")
        }
    }
}

/// Moves a job to another time, wherever it waits.
enum JobMove {
    static func move(_ job: LocatedJob, to time: Timestamp, _ session: Session) async throws -> Bool {
        guard job.state.isDue else { return false }
        if job.row != nil, let database = try session.databaseIfSet() {
            _ = try await OutboxListing(database: database).reschedule(job.id, to: time)
        }
        guard job.inRedis != nil else { return true }
        return try await session.operations().reschedule(job.id, in: job.queue, to: time)
    }
}
