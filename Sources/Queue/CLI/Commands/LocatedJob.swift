import Queue
import Runtime

/// A job that somebody named by its id: where it is in Redis, and its row in PostgreSQL if it is durable.
struct LocatedJob: Sendable {
    let id: JobID
    let queue: QueueName
    /// Nil while it lies in PostgreSQL alone.
    let inRedis: InspectedJob?
    let row: OutboxJob?

    var state: JobState { inRedis?.state ?? .scheduled }

    /// The options of all commands that name jobs.
    static let options: [Command.Option] = [
        .init(name: "queue", letter: "q", value: "QUEUE", summary: "where it is: saves the search", words: .queues),
        deep,
    ]

    static let deep = Command.Option(
        name: "deep", summary: "look through all ready jobs, however many there are")

    /// One that a list has shown.
    static func find(_ job: InspectedJob, _ session: Session) async throws -> LocatedJob {
        var row: OutboxJob?
        if job.envelope.attributes.contains(.durable), let database = try session.databaseIfSet() {
            row = try await OutboxListing(database: database).find(job.id)
        }
        return LocatedJob(id: job.id, queue: job.queue, inRedis: row?.pushAt == nil ? job : nil, row: row)
    }

    static func find(_ id: JobID, _ invocation: Invocation, _ session: Session) async throws -> LocatedJob {
        var row: OutboxJob?
        if let database = try session.databaseIfSet() { row = try await OutboxListing(database: database).find(id) }
        if let row, row.pushAt != nil { return LocatedJob(id: id, queue: row.queue, inRedis: nil, row: row) }
        var queues = [row?.queue, try invocation.queueOption()].compactMap { $0 }
        if queues.isEmpty { queues = try await session.directory().queues() }
        let finder = try session.finder()
        let reach = invocation.flag("deep") ? Int.max : 200_000
        let places = queues
        let search = try await session.whileShowing("looking for the job") {
            try await finder.find(id, in: places, reach: reach)
        }
        switch search {
        case .found(let job): return LocatedJob(id: id, queue: job.queue, inRedis: job, row: row)
        case .absent(let isCertain):
            if let row { return LocatedJob(id: id, queue: row.queue, inRedis: nil, row: row) }
            throw missing(id, isCertain: isCertain)
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
