import Queue
import Runtime

/// Which waiting jobs are meant: those that are named, or all of a queue that fit filters.
struct JobSelection {
    static let ids = Command.Parameter(name: "ID", summary: "the jobs", isOptional: true, isRepeated: true)

    /// `states` are those that the command can do something about.
    static func options(_ states: [JobState]) -> [Command.Option] {
        [
            .init(
                name: "queue", letter: "q", value: "QUEUE", summary: "where they are; with an ID it saves the search",
                words: .queues),
            .init(
                name: "state", letter: "s", value: "STATE", summary: "only in this state",
                choices: states.map(\.rawValue)),
            .kind, .key,
            .init(name: "all", summary: "all of the queue, without a filter"),
            .rate, .yes, LocatedJob.deep,
        ]
    }

    let queue: QueueName
    let states: [JobState]
    let filter: JobFilter
    private let session: Session

    /// Whether filters choose. They need a queue, and all of a queue needs `--all`: never many by mistake.
    static func isMany(_ invocation: Invocation) throws(UsageError) -> Bool {
        let isMany = ["state", "kind", "key"].contains { invocation.option($0) != nil } || invocation.flag("all")
        if invocation.words("ID").isEmpty == isMany { return isMany }
        throw UsageError(
            isMany
                ? "give either ids or filters, not both"
                : "which ones? Name them, or give --queue and a filter, or --all",
            command: invocation.command)
    }

    /// Nil when jobs are named.
    init?(_ invocation: Invocation, _ session: Session, states: [JobState]) async throws {
        guard try Self.isMany(invocation) else { return nil }
        guard let queue = try invocation.queueOption() else {
            throw UsageError("of which queue? Give --queue", command: invocation.command)
        }
        self.queue = try await session.existing(queue)
        self.states = invocation.option("state").flatMap(JobState.init).map { [$0] } ?? states
        filter = JobFilter(kind: invocation.option("kind"), key: invocation.option("key"))
        self.session = session
    }

    /// All that fit now, and how many could not be looked at. What moves meanwhile may be left out.
    func jobs() async throws -> (found: [InspectedJob], hidden: Int) {
        var found: [InspectedJob] = []
        var hidden = 0
        for state in states {
            var cursor: String?
            repeat {
                let page = try await session.waitingJobs(of: queue).page(
                    state, filter, after: cursor, limit: 1000)
                found += page.jobs
                hidden += page.hiddenUnderKeys
                cursor = page.next
            } while cursor != nil
        }
        return (found, hidden)
    }
}
