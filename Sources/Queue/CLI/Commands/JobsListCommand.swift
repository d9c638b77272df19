import JSON
import Queue
import Runtime

/// `yardctl jobs list`
enum JobsListCommand {
    static let command = Command(
        path: "jobs list", summary: "list the jobs of a queue, a page at a time",
        details: ["Dead jobs are listed by: yardctl dead list."],
        parameters: [.init(name: "QUEUE", summary: "the queue", words: .queues)],
        options: [
            .init(
                name: "state", letter: "s", value: "STATE", summary: "in which state (default ready)",
                choices: JobState.allCases.map(\.rawValue)),
            .kind, .key, .limit, .after,
        ],
        examples: [("push --state retrying", "what has failed and is tried again")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let queue = try await session.existing(try invocation.queue(named: invocation.word("QUEUE")))
        let state = invocation.option("state").flatMap(JobState.init) ?? .ready
        let filter = JobFilter(kind: invocation.option("kind"), key: invocation.option("key"))
        let page = try await session.waitingJobs(of: queue).page(
            state, filter, after: invocation.option("after"), limit: try invocation.limit())
        let unwanted =
            state.isDue ? [] : try await session.operations().toBeCancelled(among: page.jobs.map(\.id), in: queue)
        if invocation.wantsJSON {
            session.console.print([
                "jobs": .array(page.jobs.map { $0.json(isUnwanted: unwanted.contains($0.id)) }),
                "next": .text(page.next),
                "unreadable": .number(page.unreadable), "hiddenUnderKeys": .number(page.hiddenUnderKeys),
            ])
        } else {
            show(page, state, queue, unwanted, session.console)
        }
        return .clean
    }

    private static func show(
        _ page: JobPage, _ state: JobState, _ queue: QueueName, _ unwanted: Set<JobID>, _ console: Console
    ) {
        var table = Table([
            .init(title: "ID"), .init(title: "KIND", least: 10), .init(title: "KEY", least: 4),
            .init(title: "PRIORITY"), .init(title: "ENQUEUED"),
            .init(title: state == .leased ? "HELD BY" : "DUE", least: 8), .init(title: "FAILED", isNumber: true),
            .init(title: state == .parked ? "PARKED AS" : "LAST ERROR", least: 10),
        ])
        table.emptyText = page.next == nil ? "No \(state.rawValue) job in \(queue)." : "Nothing that fits on this page."
        for job in page.jobs {
            let envelope = job.envelope
            table.add(
                Table.Cell(job.id.description), Table.Cell(envelope.kind, .bold), Table.Cell(envelope.key ?? ""),
                Table.Cell(envelope.priority == .normal ? "" : envelope.priority.description),
                Table.Cell(Figures.relative(job.id.uuid.time)),
                Table.Cell(
                    (job.holder ?? job.dueAt.map { Figures.relative($0) } ?? "")
                        + (unwanted.contains(job.id) ? " to be cancelled" : "")),
                Table.Cell(alarm: Int(envelope.attempts), .yellow),
                Table.Cell(job.remark, .dim))
        }
        console.print(table)
        if page.unreadable > 0 { console.note("\(page.unreadable) entries could not be read as jobs.") }
        if page.hiddenUnderKeys > 0 {
            console.note(
                "\(Figures.count(page.hiddenUnderKeys, "more job")) wait under keys that are at their limit: list them with --key KEY."
            )
        }
        if let next = page.next { console.note("There is more: --after \(next)") }
    }
}

extension InspectedJob {
    /// Why it waits, or failed last.
    fileprivate var remark: String {
        guard envelope.hasOptions else { return "" }
        let options = envelope.options
        if state == .parked { return (options.obstacle ?? .unknownKind).reason }
        return options.errors.last?.message ?? ""
    }
}
