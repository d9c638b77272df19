import JSON
import Queue
import Runtime

/// `yardctl dead list`
enum DeadListCommand {
    static let command = Command(
        path: "dead list", summary: "list the jobs that failed for good, the newest first",
        options: DeadSelection.filters + [
            .init(name: "retried", summary: "also those that were retried"), .limit, .after,
        ],
        examples: [("--kind push.send --since 2h", "what died of one kind in the last two hours")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        var filter = try DeadSelection.filter(invocation)
        filter.includesRetried = invocation.flag("retried")
        let limit = try invocation.limit()
        let cursor = try invocation.option("after").map { text in
            guard let cursor = DeadLetterCursor(text) else { throw BadCursor(text: text) }
            return cursor
        }
        let asked = filter
        let (found, total) = try await session.withDeadLetters { letters in
            (try await letters.list(asked, after: cursor, limit: limit), try await letters.count(asked))
        }
        let next = found.count == limit ? found.last?.cursor.text : nil
        if invocation.wantsJSON {
            session.console.print([
                "letters": .array(found.map(\.json)), "next": .text(next), "total": .number(total),
            ])
        } else {
            session.console.print(table(of: found))
            if let next { session.console.note("\(Figures.count(total)) in all. There is more: --after \(next)") }
        }
        return .clean
    }

    private static func table(of letters: [DeadLetter]) -> Table {
        var table = Table([
            .init(title: "NUMBER", isNumber: true), .init(title: "DIED"), .init(title: "QUEUE", least: 6),
            .init(title: "KIND", least: 8), .init(title: "KEY", least: 4), .init(title: "RUNS", isNumber: true),
            .init(title: "ERROR", least: 8), .init(title: "MESSAGE", least: 12),
        ])
        table.emptyText = "No dead letter."
        for letter in letters {
            table.add(
                Table.Cell("\(letter.id)"), Table.Cell(Figures.relative(letter.diedAt)), Table.Cell(letter.queue),
                Table.Cell(letter.kind, .bold), Table.Cell(letter.key ?? ""), Table.Cell(letter.attempts),
                Table.Cell(letter.errorType, letter.retriedAt == nil ? .red : .dim),
                Table.Cell(letter.retriedAt == nil ? letter.lastError : "(retried) \(letter.lastError)"))
        }
        return table
    }
}

extension DeadLetterCursor {
    /// `1767225600000000.42`
    var text: String { "\(diedAt.microseconds).\(id)" }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = Int64(parts[1]) else { return nil }
        self.init(diedAt: Timestamp(microseconds: time), id: id)
    }
}

extension DeadLetter {
    var json: JSONValue {
        [
            "number": .number(id), "job": .string(job.description), "death": .number(death), "queue": .string(queue),
            "kind": .string(kind), "key": .text(key), "attempts": .number(attempts), "crashes": .number(crashes),
            "errorType": .string(errorType), "lastError": .string(lastError), "group": .string(fingerprint),
            "enqueuedAt": .time(enqueuedAt), "diedAt": .time(diedAt), "retriedAt": .time(retriedAt),
            "readable": .bool(isReadable),
        ]
    }
}
