import JSON
import Model
import Queue
import Runtime

/// `yardctl audit`
enum AuditCommand {
    static let command = Command(
        path: "audit", summary: "list sensitive acts, the newest first",
        details: [
            "What administrators do in the dashboard, what operators do with yardctl, and what people do at sign-in."
        ],
        options: [
            .init(
                name: "action", value: "ACTION",
                summary: "only this act; with a dot at its end all that begin so: admin."),
            .limit, .after,
        ],
        examples: [("--action operator.", "what was done with yardctl")], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let cursor = try invocation.option("after").map { text in
            guard let id = ID<AuditEntry>(text) else { throw BadCursor(text: text) }
            return id
        }
        let limit = try invocation.limit()
        let entries = try await KeptAuditEntry.latest(
            limit, before: cursor, action: invocation.option("action"), actor: nil, on: session.database())
        let next = entries.count == limit ? entries.last.map { "\($0.id)" } : nil
        if invocation.wantsJSON {
            session.console.print(["entries": .array(entries.map(\.json)), "next": .text(next)])
        } else {
            session.console.print(table(of: entries))
            if let next { session.console.note("There is more: --after \(next)") }
        }
        return .clean
    }

    private static func table(of entries: [KeptAuditEntry]) -> Table {
        var table = Table([
            .init(title: "WHEN"), .init(title: "ACT"), .init(title: "WHO", least: 8), .init(title: "FROM"),
            .init(title: "WHAT", least: 12),
        ])
        table.emptyText = "Nothing is kept that fits."
        for entry in entries {
            let who = entry.actorName ?? entry.details?["operator"]?.string ?? ""
            let details = entry.details.flatMap { try? JSONCoder.text($0) } ?? ""
            table.add(
                Table.Cell(entry.at.rfc3339), Table.Cell(entry.action, .bold), Table.Cell(who.printable),
                Table.Cell(entry.address ?? ""), Table.Cell(details.printable, .dim))
        }
        return table
    }
}

extension KeptAuditEntry {
    fileprivate var json: JSONValue {
        [
            "id": .string("\(id)"), "at": .time(at), "action": .string(action), "actorId": .text(actor.map { "\($0)" }),
            "actorName": .text(actorName), "subjectId": .text(subject.map { "\($0)" }), "address": .text(address),
            "requestId": .text(requestID), "details": details ?? .null,
        ]
    }
}
