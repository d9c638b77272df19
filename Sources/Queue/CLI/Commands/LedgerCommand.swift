import JSON
import Queue
import Runtime

/// `yardctl ledger`
enum LedgerCommand {
    static let command = Command(
        path: "ledger", summary: "compare what came into each queue with where it is now",
        details: [
            "IN is what was enqueued, what was pushed again after Redis had lost something, and what is FOREIGN: written into",
            "the queue by something else. It has to be done, dead, cancelled, expired, waiting or leased, or was LOST and",
            "written off. Ends with 1 when the books of a queue are off.",
        ],
        parameters: [.init(name: "QUEUE", summary: "only these", isOptional: true, isRepeated: true, words: .queues)],
        options: [
            .init(
                name: "write-off", summary: "balance the books: what is missing is lost, what is too much is foreign"),
            .yes,
        ],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        var queues: [QueueName] = []
        for name in invocation.words("QUEUE") {
            queues.append(try await session.existing(try invocation.queue(named: name)))
        }
        if queues.isEmpty { queues = try await session.directory().queues() }
        let redis = try session.redis(), prefix = try session.prefix()
        var books: [(queue: QueueName, balance: Balance)] = []
        for queue in queues {
            books.append((queue, try await Balance.read(QueueKeys(prefix: prefix, queue: queue), from: redis)))
        }
        if invocation.flag("write-off") { try await writeOff(&books, invocation, session) }
        let isBalanced = books.allSatisfy { $0.balance.difference == 0 }
        if invocation.wantsJSON {
            session.console.print(["balanced": .bool(isBalanced), "queues": .array(books.map(json))])
        } else {
            session.console.print(table(of: books))
            if !isBalanced { session.console.note("The books are off: yardctl doctor says more.") }
        }
        return isBalanced ? .clean : .finding
    }

    /// The difference that was shown and asked about, and no other.
    private static func writeOff(
        _ books: inout [(queue: QueueName, balance: Balance)], _ invocation: Invocation, _ session: Session
    ) async throws {
        let redis = try session.redis(), prefix = try session.prefix()
        for place in books.indices where books[place].balance.difference != 0 {
            let (queue, balance) = books[place]
            let count = Figures.count(abs(balance.difference), "job")
            let question =
                balance.difference > 0
                ? "Count \(count) of \(queue) as lost?" : "Count \(count) in \(queue) as foreign?"
            try await session.confirm(question, invocation)
            let keys = QueueKeys(prefix: prefix, queue: queue)
            _ = try await balance.writeOff(keys, in: redis)
            books[place].balance = try await Balance.read(keys, from: redis)
        }
    }

    private static func table(of books: [(queue: QueueName, balance: Balance)]) -> Table {
        let titles = [
            "IN", "FOREIGN", "DONE", "DEAD", "CANCELLED", "EXPIRED", "LOST", "WAITING", "LEASED", "DIFFERENCE",
        ]
        var table = Table(
            [.init(title: "QUEUE", least: 12)] + titles.map { Table.Column(title: $0, isNumber: true) })
        table.emptyText = "No queue yet."
        for (queue, balance) in books {
            table.add(
                Table.Cell(queue.name, .bold), Table.Cell(balance.entered),
                Table.Cell(alarm: balance.foreign, .yellow), Table.Cell(balance.done), Table.Cell(balance.dead),
                Table.Cell(balance.cancelled),
                Table.Cell(balance.expired), Table.Cell(alarm: balance.lost),
                Table.Cell(balance.waiting), Table.Cell(balance.leased),
                balance.difference == 0 ? Table.Cell("0", .green) : Table.Cell(Figures.count(balance.difference), .red))
        }
        return table
    }

    private static func json(_ queue: QueueName, _ balance: Balance) -> JSONValue {
        [
            "name": .string(queue.name), "enqueued": .number(balance.enqueued), "repushed": .number(balance.repushed),
            "foreign": .number(balance.foreign), "lost": .number(balance.lost),
            "done": .number(balance.done), "dead": .number(balance.dead), "cancelled": .number(balance.cancelled),
            "expired": .number(balance.expired), "ready": .number(balance.ready), "due": .number(balance.due),
            "suspect": .number(balance.suspect), "leased": .number(balance.leased),
            "difference": .number(balance.difference),
        ]
    }
}
