import JSON
import Queue
import Runtime

/// `yardctl cron …`: the entries that schedulers have published, what they did, and what they will do.
enum CronCommands {
    private static let parameter = Command.Parameter(name: "NAME", summary: "the entry")

    static let list = Command(
        path: "cron list", summary: "list the cron entries, and when they run",
        details: ["They are declared in code, and shown here once a scheduler runs."]
    ) { invocation, session in
        let entries = try await session.cron().entries()
        let (paused, last) = try await session.withOccurrences { occurrences in
            var last: [String: Timestamp] = [:]
            for entry in entries { last[entry.name] = try await occurrences.last(of: entry.name) }
            return (try await occurrences.pausedNames(), last)
        }
        let rows = entries.map { Row(entry: $0, isPaused: paused.contains($0.name), last: last[$0.name]) }
        if invocation.wantsJSON {
            session.console.print(["entries": .array(rows.map(\.json))])
        } else {
            session.console.print(table(of: rows))
        }
        return .clean
    }

    static let run = Command(
        path: "cron run", summary: "enqueue the job of an entry now, besides its plan", parameters: [parameter]
    ) { invocation, session in
        let entry = try await session.entry(named: invocation.word("NAME"))
        let keys = try session.load(PayloadKeys.self).keys
        let job = try JobEncoder(sealing: keys).prepare(
            kind: entry.kind, schemaVersion: entry.schemaVersion, queue: entry.queue, priority: .normal,
            payload: entry.payload, JobOptions(key: entry.key))
        let id = try await session.withDurable { try await $0.enqueue(job) }
        if invocation.wantsJSON {
            session.console.print([
                "name": .string(entry.name), "job": .string(id.description), "queue": .string(entry.queue.name),
            ])
        } else {
            session.console.print("\(entry.name): \(id)")
        }
        return .clean
    }

    static let pause = switching("cron pause", to: true, "let an entry not run until it is resumed")
    static let resume = switching("cron resume", to: false, "let an entry run again")

    private static func switching(_ path: String, to isPaused: Bool, _ summary: String) -> Command {
        Command(path: path, summary: summary, parameters: [parameter]) { invocation, session in
            let entry = try await session.entry(named: invocation.word("NAME"))
            try await session.withOccurrences { try await $0.setPaused(entry.name, isPaused) }
            if invocation.wantsJSON {
                session.console.print(["name": .string(entry.name), "paused": .bool(isPaused)])
            } else {
                session.console.print("\(entry.name): \(isPaused ? "paused" : "resumed")")
            }
            return .clean
        }
    }

    // MARK: List

    private struct Row {
        let entry: PublishedCron
        let isPaused: Bool
        let last: Timestamp?

        var next: Timestamp? { isPaused ? nil : CronPreview(entry)?.upcoming(1).first }

        var json: JSONValue {
            [
                "name": .string(entry.name), "expression": .string(entry.expression), "zone": .string(entry.zone),
                "missed": .string(entry.missed), "queue": .string(entry.queue.name), "kind": .string(entry.kind),
                "paused": .bool(isPaused), "lastPlanned": .time(last), "next": .time(next),
            ]
        }
    }

    private static func table(of rows: [Row]) -> Table {
        var table = Table([
            .init(title: "ENTRY", least: 10), .init(title: "WHEN", least: 9), .init(title: "ZONE", least: 6),
            .init(title: "NEXT"), .init(title: "LAST"), .init(title: "QUEUE", least: 6),
            .init(title: "KIND", least: 8), .init(title: "MISSED RUNS", least: 6), .init(title: ""),
        ])
        table.emptyText = "No entry: they are shown once a scheduler that has some runs."
        for row in rows {
            table.add(
                Table.Cell(row.entry.name, .bold), Table.Cell(row.entry.expression), Table.Cell(row.entry.zone),
                Table.Cell(row.next.map { Figures.relative($0) } ?? "never", row.next == nil ? .dim : .none),
                Table.Cell(row.last.map { Figures.relative($0) } ?? "never"), Table.Cell(row.entry.queue.name),
                Table.Cell(row.entry.kind), Table.Cell(row.entry.missed, .dim),
                Table.Cell(row.isPaused ? "paused" : "", .yellow))
        }
        return table
    }
}

extension Session {
    func cron() throws -> CronDirectory { CronDirectory(redis: try redis(), prefix: try prefix()) }

    fileprivate func withOccurrences<Value: Sendable>(
        _ body: (CronOccurrences) async throws -> Value
    ) async throws -> Value {
        try await withDurable { try await body(CronOccurrences($0)) }
    }

    func entry(named name: String) async throws -> PublishedCron {
        let entries = try await cron().entries()
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        let hint = Suggestion.nearest(to: name, among: entries.map(\.name)).map { "Did you mean \($0)?" }
        throw CommandFailure(
            "there is no cron entry \(name)", hint: hint ?? "yardctl cron list shows them.", code: .finding)
    }
}
