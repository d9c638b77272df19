import JSON
import Queue
import Runtime

/// `yardctl batches …`
enum BatchCommands {
    static let list = Command(
        path: "batches list", summary: "list the batches, the newest first", options: [.limit, .after]
    ) { invocation, session in
        let cursor = try invocation.option("after").map { text in
            guard let id = BatchID(text) else { throw BadCursor(text: text) }
            return id
        }
        let limit = try invocation.limit()
        let found = try await session.withBatches { try await $0.list(before: cursor, limit: limit) }
        let next = found.count == limit ? found.last?.id.description : nil
        if invocation.wantsJSON {
            session.console.print(["batches": .array(found.map(\.json)), "next": .text(next)])
        } else {
            session.console.print(table(of: found))
            if let next { session.console.note("There is more: --after \(next)") }
        }
        return .clean
    }

    static let show = Command(
        path: "batches show", summary: "show how a batch stands", parameters: [.init(name: "ID", summary: "the batch")]
    ) { invocation, session in
        let batch = try await find(invocation, session)
        if invocation.wantsJSON { session.console.print(batch.json) } else { print(batch, session.console) }
        return .clean
    }

    static let cancel = Command(
        path: "batches cancel", summary: "cancel a batch, those within it, and all their jobs",
        parameters: [.init(name: "ID", summary: "the batch")], options: [.yes]
    ) { invocation, session in
        let batch = try await find(invocation, session)
        try await session.confirm(
            "Cancel the batch \(batch.description.printable) with \(Figures.count(batch.pending, "job"))?", invocation)
        let count = try await session.whileShowing("cancelling") {
            try await session.withBatches { try await $0.cancel(batch.id) }
        }
        if invocation.wantsJSON {
            session.console.print(["id": .string(batch.id.description), "cancelledJobs": .number(count)])
        } else {
            session.console.print("Cancelled, with \(Figures.count(count, "job")).")
        }
        return .clean
    }

    private static func find(_ invocation: Invocation, _ session: Session) async throws -> BatchStatus {
        guard let id = BatchID(invocation.word("ID")) else {
            throw UsageError("\"\(invocation.word("ID"))\" is not the id of a batch", command: invocation.command)
        }
        if let batch = try await session.withBatches({ try await $0.find(id) }) { return batch }
        throw CommandFailure("there is no batch \(id)", hint: "yardctl batches list shows them.", code: .finding)
    }

    private static func table(of batches: [BatchStatus]) -> Table {
        var table = Table([
            .init(title: "ID"), .init(title: "BATCH", least: 10), .init(title: "CREATED"), .init(title: "STATE"),
            .init(title: "JOBS", isNumber: true), .init(title: "DONE", isNumber: true),
            .init(title: "FAILED", isNumber: true), .init(title: "PENDING", isNumber: true),
        ])
        table.emptyText = "No batch."
        for batch in batches {
            table.add(
                Table.Cell(batch.id.description), Table.Cell(batch.description, .bold),
                Table.Cell(Figures.relative(batch.createdAt)), Table.Cell(batch.state), Table.Cell(batch.total),
                Table.Cell(batch.done), Table.Cell(alarm: batch.failed), Table.Cell(batch.pending))
        }
        return table
    }

    private static func print(_ batch: BatchStatus, _ console: Console) {
        let times = [
            ("created", batch.createdAt), ("sealed", batch.sealedAt), ("complete", batch.completedAt),
            ("succeeded", batch.succeededAt), ("cancelled", batch.cancelledAt),
        ]
        var fields = [
            ("state", batch.state), ("jobs", Figures.count(batch.total)), ("done", Figures.count(batch.done)),
        ]
        fields += [("failed", Figures.count(batch.failed)), ("pending", Figures.count(batch.pending))]
        if let parent = batch.parent { fields.append(("within", parent.description)) }
        if batch.openChildren > 0 { fields.append(("open within it", "\(batch.openChildren)")) }
        fields += times.compactMap { name, time in time.map { (name, "\($0.rfc3339)  \(Figures.relative($0))") } }
        console.print(
            console.paint(batch.description.printable, .bold) + "  \(batch.id)\n\n" + JobSheet.fields(fields, console))
    }
}

extension BatchStatus {
    fileprivate var state: String {
        if cancelledAt != nil { return "cancelled" }
        if succeededAt != nil { return "succeeded" }
        if completedAt != nil { return "failed" }
        return sealedAt == nil ? "open" : "running"
    }

    fileprivate var json: JSONValue {
        [
            "id": .string(id.description), "parent": .text(parent?.description), "description": .string(description),
            "state": .string(state), "total": .number(total), "done": .number(done), "failed": .number(failed),
            "pending": .number(pending), "openChildren": .number(openChildren), "createdAt": .time(createdAt),
            "sealedAt": .time(sealedAt), "completedAt": .time(completedAt), "succeededAt": .time(succeededAt),
            "cancelledAt": .time(cancelledAt),
        ]
    }
}

extension Session {
    fileprivate func withBatches<Value: Sendable>(_ body: (Batches) async throws -> Value) async throws -> Value {
        try await withDurable { try await body(Batches($0)) }
    }
}
