import JSON
import Queue
import Runtime

/// `yardctl dead operations` and `yardctl dead stop`
enum DeadOperationCommands {
    static let list = Command(
        path: "dead operations", summary: "list what schedulers do with many dead jobs, the newest first",
        details: ["The dashboard and the API begin them; yardctl dead retry and dead delete do the work themselves."],
        options: [.limit]
    ) { invocation, session in
        let operations = try await LetterOperations(session.database()).list(limit: try invocation.limit())
        if invocation.wantsJSON {
            session.console.print(["operations": .array(operations.map(\.json))])
        } else {
            session.console.print(table(of: operations))
        }
        return .clean
    }

    static let stop = Command(
        path: "dead stop", summary: "stop one of them; what was done stays done",
        parameters: [.init(name: "ID", summary: "the operation")]
    ) { invocation, session in
        guard let id = LetterOperation.Identity(invocation.word("ID")) else {
            throw UsageError("\"\(invocation.word("ID"))\" is not the id of an operation", command: invocation.command)
        }
        guard try await LetterOperations(session.database()).cancel(id) else {
            throw CommandFailure(
                "the operation \(id) does not run", hint: "yardctl dead operations lists them.", code: .finding)
        }
        if invocation.wantsJSON {
            session.console.print(["id": .string("\(id)"), "stopped": .bool(true)])
        } else {
            session.console.print("Stopped.")
        }
        return .clean
    }

    private static func table(of operations: [LetterOperation]) -> Table {
        var table = Table([
            .init(title: "ID"), .init(title: "WHAT"), .init(title: "STATE"), .init(title: "DONE", isNumber: true),
            .init(title: "OF", isNumber: true), .init(title: "BEGUN"), .init(title: "BY", least: 8),
        ])
        table.emptyText = "Nothing was asked for."
        for operation in operations {
            table.add(
                Table.Cell("\(operation.id)"), Table.Cell(operation.action.rawValue),
                Table.Cell(operation.state.rawValue),
                Table.Cell(operation.done), Table.Cell(operation.total),
                Table.Cell(Figures.relative(operation.createdAt)), Table.Cell(operation.askedBy))
        }
        return table
    }
}

extension LetterOperation {
    fileprivate var json: JSONValue {
        [
            "id": .string("\(id)"), "action": .string(action.rawValue), "state": .string(state.rawValue),
            "done": .number(done), "total": .number(total), "askedBy": .string(askedBy), "createdAt": .time(createdAt),
            "finishedAt": .time(finishedAt),
        ]
    }
}
