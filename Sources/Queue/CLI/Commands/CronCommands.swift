import JSON
import Queue
import Runtime

/// `yardctl cron …`: the entries that schedulers declare, what became of them, and what operators do with them.
enum CronCommands {
    private static let parameter = Command.Parameter(name: "NAME", summary: "the entry")

    static let list = Command(
        path: "cron list", summary: "list the cron entries, and when they run",
        details: ["They are declared in code, and shown here once a scheduler has run."]
    ) { invocation, session in
        let entries = try await CronBoard(try session.database()).entries()
        if invocation.wantsJSON {
            session.console.print(["entries": .array(entries.map(\.json))])
        } else {
            session.console.print(table(of: entries))
        }
        return .clean
    }

    static let history = Command(
        path: "cron history", summary: "list what became of the planned times of an entry, the newest first",
        parameters: [parameter], options: [.limit]
    ) { invocation, session in
        let entry = try await session.entry(named: invocation.word("NAME"))
        let found = try await CronBoard(try session.database()).occurrences(
            of: entry.name, limit: try invocation.limit())
        if invocation.wantsJSON {
            session.console.print(["occurrences": .array(found.map(\.json))])
        } else {
            session.console.print(table(of: found))
        }
        return .clean
    }

    static let run = changing(
        "cron run", "let the job of an entry run now, besides its plan", "asked for a run",
        ["A scheduler enqueues it within a second."]
    ) { try await $0.runNow($1) }

    static let pause = changing("cron pause", "let an entry not run until it is resumed", "paused") {
        try await $0.pause($1)
    }

    static let resume = changing("cron resume", "let an entry run again", "resumed") { try await $0.resume($1) }

    static let reset = changing(
        "cron reset", "let an entry begin anew from now on", "begins anew",
        ["For one that a wrong clock has planned far ahead. Nothing counts as missed."]
    ) { try await $0.reset($1) }

    private static func changing(
        _ path: String, _ summary: String, _ done: String, _ details: [String] = [],
        _ change: @escaping @Sendable (CronBoard, String) async throws -> Bool
    ) -> Command {
        Command(path: path, summary: summary, details: details, parameters: [parameter]) { invocation, session in
            let entry = try await session.entry(named: invocation.word("NAME"))
            guard try await change(CronBoard(try session.database()), entry.name) else {
                throw CommandFailure(
                    "no scheduler declares \(entry.name) any more",
                    hint: "It stays in the list for its history; deploy the code that has it.", code: .finding)
            }
            if invocation.wantsJSON {
                session.console.print(["name": .string(entry.name), "done": .string(done)])
            } else {
                session.console.print("\(entry.name): \(done)")
            }
            return .clean
        }
    }

    // MARK: Tables

    private static func table(of entries: [CronListing]) -> Table {
        var table = Table([
            .init(title: "ENTRY", least: 10), .init(title: "WHEN", least: 9), .init(title: "ZONE", least: 6),
            .init(title: "NEXT"), .init(title: "LAST"), .init(title: "QUEUE", least: 6),
            .init(title: "KIND", least: 8), .init(title: "IF MISSED", least: 6), .init(title: ""),
        ])
        table.emptyText = "No entry: they are shown once a scheduler that declares some has run."
        for entry in entries {
            let next = entry.isPaused || entry.withdrawnAt != nil ? nil : entry.next
            table.add(
                Table.Cell(entry.name, .bold), Table.Cell(entry.expression), Table.Cell(entry.zone),
                Table.Cell(next.map { Figures.relative($0) } ?? "never", next == nil ? .dim : .none),
                Table.Cell(entry.lastPlanned.map { Figures.relative($0) } ?? "never"), Table.Cell(entry.queue),
                Table.Cell(entry.kind), Table.Cell(entry.missed, .dim), Table.Cell(entry.remark, .yellow))
        }
        return table
    }

    private static func table(of occurrences: [CronOccurrence]) -> Table {
        var table = Table([
            .init(title: "PLANNED"), .init(title: ""), .init(title: "JOB"),
            .init(title: "WHAT BECAME OF IT", least: 10),
        ])
        table.emptyText = "Nothing yet."
        for occurrence in occurrences {
            table.add(
                Table.Cell(occurrence.planned.rfc3339), Table.Cell(Figures.relative(occurrence.planned), .dim),
                Table.Cell(occurrence.job?.description ?? ""),
                Table.Cell(occurrence.explanation, occurrence.job == nil ? .yellow : .none))
        }
        return table
    }
}

extension CronListing {
    fileprivate var remark: String {
        if withdrawnAt != nil { return "not declared any more" }
        if runRequestedAt != nil { return "asked to run" }
        return isPaused ? "paused" : ""
    }

    fileprivate var json: JSONValue {
        [
            "name": .string(name), "expression": .string(expression), "zone": .string(zone), "missed": .string(missed),
            "queue": .string(queue), "kind": .string(kind), "paused": .bool(isPaused), "next": .time(next),
            "lastPlanned": .time(lastPlanned), "lastJob": .text(lastJob?.description),
            "runRequestedAt": .time(runRequestedAt), "withdrawnAt": .time(withdrawnAt),
        ]
    }
}

extension CronOccurrence {
    fileprivate var json: JSONValue {
        [
            "planned": .time(planned), "job": .text(job?.description), "manual": .bool(isManual),
            "reason": .text(reason), "through": .time(through), "replacedBy": .time(replacedBy),
            "recordedAt": .time(recordedAt),
        ]
    }
}

extension Session {
    /// The entry of that name; a name that is close to another is a mistake.
    func entry(named name: String) async throws -> CronListing {
        let entries = try await CronBoard(try database()).entries()
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        let hint = Suggestion.nearest(to: name, among: entries.map(\.name)).map { "Did you mean \($0)?" }
        throw CommandFailure(
            "there is no cron entry \(name)", hint: hint ?? "yardctl cron list shows them.", code: .finding)
    }
}
