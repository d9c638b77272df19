import JSON
import Queue
import Runtime

/// `yardctl queues`
enum QueuesCommand {
    static let command = Command(
        path: "queues", summary: "list the queues and how they stand",
        details: [
            "DUE waits for its time (scheduled, retrying, parked); OLDEST is since when the next ready job waits;",
            "DONE/S and FAILED/S are of the last one to two minutes.",
        ],
        parameters: [.init(name: "QUEUE", summary: "only these", isOptional: true, isRepeated: true, words: .queues)],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        var queues: [QueueName] = []
        for name in invocation.words("QUEUE") {
            queues.append(try await session.existing(try invocation.queue(named: name)))
        }
        if queues.isEmpty { queues = try await session.directory().queues() }
        let standings = try await QueueStanding.read(queues, session)
        if invocation.wantsJSON {
            session.console.print(["queues": .array(standings.map(\.json))])
        } else {
            session.console.print(QueueStanding.table(of: standings))
        }
        return .clean
    }
}

/// A queue's overview together with its dead letters, which lie elsewhere.
struct QueueStanding: Sendable {
    let overview: QueueOverview
    /// Nil when PostgreSQL was not asked.
    let storedDead: Int?

    var dead: Int { (storedDead ?? 0) + overview.balance.unstored }
    var name: String { overview.queue.name }

    static func read(_ queues: [QueueName], _ session: Session) async throws -> [QueueStanding] {
        let redis = try session.redis(), prefix = try session.prefix()
        let dead = await storedDead(session)
        var standings: [QueueStanding] = []
        for queue in queues {
            let overview = try await QueueOverview.read(queue, from: redis, prefix: prefix)
            standings.append(QueueStanding(overview: overview, storedDead: dead.map { $0[queue.name] ?? 0 }))
        }
        return standings
    }

    /// Redis alone is worth showing: a database that is away, or not migrated, only leaves a gap.
    private static func storedDead(_ session: Session) async -> [String: Int]? {
        guard let database = try? session.databaseIfSet() else { return nil }
        return try? await OutboxListing(database: database).deadByQueue()
    }

    /// In a word what is out of the ordinary.
    var remark: Table.Cell {
        if overview.settings.isPaused { return Table.Cell("paused", .yellow) }
        if overview.balance.difference != 0 { return Table.Cell("books are off", .red) }
        if overview.balance.workers == 0 { return Table.Cell("no workers", overview.balance.ready > 0 ? .red : .dim) }
        return overview.settings.hasLimits ? Table.Cell("limited", .dim) : Table.Cell("")
    }

    static func table(of standings: [QueueStanding], now: Timestamp = .now) -> Table {
        var table = Table([
            .init(title: "QUEUE", least: 12), .init(title: "READY", isNumber: true),
            .init(title: "DUE", isNumber: true), .init(title: "LEASED", isNumber: true),
            .init(title: "SUSPECT", isNumber: true), .init(title: "DEAD", isNumber: true),
            .init(title: "OLDEST", isNumber: true), .init(title: "DONE/S", isNumber: true),
            .init(title: "FAILED/S", isNumber: true), .init(title: "WORKERS", isNumber: true), .init(title: ""),
        ])
        table.emptyText = "No queue yet: one appears with its first job or worker."
        for standing in standings { table.add(cells: standing.cells(now: now)) }
        return table
    }

    /// `donePerSecond` is a newer figure than the statistics have.
    func cells(now: Timestamp, donePerSecond: Double? = nil) -> [Table.Cell] {
        let balance = overview.balance
        let age = overview.oldestReady.map { max(now - $0, .zero) }
        let isLate = (age ?? .zero) > .minutes(1)
        return [
            Table.Cell(name, .bold), Table.Cell(balance.ready), Table.Cell(balance.due), Table.Cell(balance.leased),
            Table.Cell(alarm: balance.suspect, .yellow),
            storedDead == nil && dead == 0 ? Table.Cell("?", .dim) : Table.Cell(alarm: dead),
            Table.Cell(age.map(Figures.span) ?? "·", age == nil ? .dim : isLate ? .yellow : .none),
            Table.Cell(Figures.rate(donePerSecond ?? overview.donePerSecond)),
            Table.Cell(Figures.rate(overview.failedPerSecond), overview.failedPerSecond > 0 ? .yellow : .dim),
            Table.Cell(balance.workers), remark,
        ]
    }

    var json: JSONValue {
        let balance = overview.balance
        return [
            "name": .string(name), "ready": .number(balance.ready), "due": .number(balance.due),
            "leased": .number(balance.leased), "suspect": .number(balance.suspect), "dead": .number(dead),
            "deadStored": storedDead.map { .number($0) } ?? .null, "deadUnstored": .number(balance.unstored),
            "oldestReady": .time(overview.oldestReady), "nextDue": .time(overview.nextDue),
            "donePerSecond": .fixed(overview.donePerSecond), "failedPerSecond": .fixed(overview.failedPerSecond),
            "workers": .number(balance.workers), "paused": .bool(overview.settings.isPaused),
            "difference": .number(balance.difference),
        ]
    }
}
