import JSON
import Queue
import Runtime

/// `yardctl dead groups`
enum DeadGroupsCommand {
    static let command = Command(
        path: "dead groups", summary: "list dead jobs by what they failed of, the latest first",
        options: [
            .queue, .kind, .init(name: "error", value: "TYPE", summary: "only with this type of error"), .limit,
        ],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let filter = try DeadSelection.filter(invocation)
        let limit = try invocation.limit()
        let groups = try await session.withDeadLetters { try await $0.groups(filter, limit: limit) }
        if invocation.wantsJSON {
            session.console.print(["groups": .array(groups.map(\.json))])
            return .clean
        }
        var table = Table([
            .init(title: "GROUP"), .init(title: "JOBS", isNumber: true), .init(title: "LAST"),
            .init(title: "FIRST"), .init(title: "QUEUE", least: 6), .init(title: "KIND", least: 8),
            .init(title: "ERROR", least: 8), .init(title: "FOR EXAMPLE", least: 12),
        ])
        table.emptyText = "No dead letter."
        for group in groups {
            table.add(
                Table.Cell(group.fingerprint), Table.Cell(group.waiting), Table.Cell(Figures.relative(group.lastAt)),
                Table.Cell(Figures.relative(group.firstAt)), Table.Cell(group.queue), Table.Cell(group.kind, .bold),
                Table.Cell(group.errorType, .red), Table.Cell(group.sample))
        }
        session.console.print(table)
        return .clean
    }
}

extension DeadLetterGroup {
    fileprivate var json: JSONValue {
        [
            "group": .string(fingerprint), "queue": .string(queue), "kind": .string(kind),
            "errorType": .string(errorType), "sample": .string(sample), "waiting": .number(waiting),
            "firstAt": .time(firstAt), "lastAt": .time(lastAt),
        ]
    }
}
