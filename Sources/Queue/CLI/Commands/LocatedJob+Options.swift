import Queue
import Runtime

extension LocatedJob {
    /// The options of all commands that name jobs.
    static let options: [Command.Option] = [
        .init(name: "queue", letter: "q", value: "QUEUE", summary: "where it is: saves the search", words: .queues),
        deep,
    ]

    static let deep = Command.Option(
        name: "deep", summary: "look through all ready jobs, however many there are")

    static func find(_ id: JobID, _ invocation: Invocation, _ session: Session) async throws -> LocatedJob {
        let desk = try session.desk()
        let queue = try invocation.queueOption()
        let reach = invocation.flag("deep") ? Int.max : 200_000
        let search = try await session.whileShowing("looking for the job") {
            try await desk.find(id, in: queue, among: { try await session.directory().queues() }, reach: reach)
        }
        switch search {
        case .found(let job): return job
        case .absent(let isCertain): throw missing(id, isCertain: isCertain)
        }
    }

    private static func missing(_ id: JobID, isCertain: Bool) -> CommandFailure {
        isCertain
            ? CommandFailure(
                "there is no job \(id)",
                hint: "It may have ended: done jobs leave nothing behind, dead ones are under yardctl dead show.",
                code: .finding)
            : CommandFailure(
                "the job \(id) was not found, but not all ready jobs were looked at",
                hint: "Look at all of them with --deep.",
                code: .finding)
    }
}
