import JSON
import Queue
import Runtime

/// `yardctl statistics`
enum StatisticsCommand {
    static let command = Command(
        path: "statistics", summary: "show what ran, failed and waited, by queue and kind",
        details: [
            "WAIT and RUN say how long half of the jobs, and 99 of 100, waited and ran at the most, to a power of two.",
            "Up to two hours come from Redis and include the present minute; longer spans come from PostgreSQL, where a",
            "scheduler stores them: minutes for a day, five minutes for a week, hours for a month.",
        ],
        parameters: [.init(name: "QUEUE", summary: "only these", isOptional: true, isRepeated: true, words: .queues)],
        options: [
            .kind,
            .init(name: "last", value: "SPAN", summary: "of how long (default 1h): 10m, 6h, 7d, up to 30d"),
        ],
        examples: [("payments --last 7d", "a week of one queue")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let span = try invocation.option("last", .duration(in: .minutes(1) ... .days(30))) ?? .hours(1)
        var queues: [QueueName] = []
        for name in invocation.words("QUEUE") {
            queues.append(try await session.existing(try invocation.queue(named: name)))
        }
        if queues.isEmpty { queues = try await session.directory().queues() }
        var found: [(queue: QueueName, kinds: [KindStatistics])] = []
        for queue in queues {
            var kinds = try await read(queue, span, session)
            if let kind = invocation.option("kind") { kinds.removeAll { $0.kind != kind } }
            if !kinds.isEmpty { found.append((queue, kinds)) }
        }
        if invocation.wantsJSON {
            session.console.print([
                "seconds": .number(Int(span.milliseconds / 1000)), "queues": .array(found.map(json)),
            ])
        } else {
            session.console.print(table(of: found))
        }
        return .clean
    }

    private static func read(
        _ queue: QueueName, _ span: Duration, _ session: Session
    ) async throws -> [KindStatistics] {
        guard span > StatisticsReader.recent else {
            return try await StatisticsReader(redis: try session.redis(), prefix: try session.prefix())
                .recent(queue, within: span)
        }
        return try await StatisticsReader.stored(queue, within: span, on: try session.database())
    }

    private static func table(of found: [(queue: QueueName, kinds: [KindStatistics])]) -> Table {
        let numbers = [
            "DONE", "FAILED", "RETRYING", "DEAD", "CANCELLED", "EXPIRED", "WAIT P50", "P99", "RUN P50", "P99",
        ]
        var table = Table(
            [.init(title: "QUEUE", least: 8), .init(title: "KIND", least: 12)]
                + numbers.map { Table.Column(title: $0, isNumber: true) })
        table.emptyText = "Nothing ran in that time."
        for (queue, kinds) in found {
            for kind in kinds { table.add(cells: cells(of: kind, in: queue)) }
        }
        return table
    }

    private static func cells(of kind: KindStatistics, in queue: QueueName) -> [Table.Cell] {
        func span(_ span: Duration?) -> Table.Cell { span.map { Table.Cell(bound($0)) } ?? Table.Cell("·", .dim) }
        return [
            Table.Cell(queue.name, kind.kind.isEmpty ? .bold : .dim),
            kind.kind.isEmpty ? Table.Cell("all", .dim) : Table.Cell(kind.kind),
            Table.Cell(Int(kind.count("done"))), Table.Cell(alarm: Int(kind.count("failed")), .yellow),
            Table.Cell(Int(kind.count("retrying"))), Table.Cell(alarm: Int(kind.count("dead"))),
            Table.Cell(Int(kind.count("cancelled"))), Table.Cell(Int(kind.count("expired"))),
            span(kind.waited(0.5)), span(kind.waited(0.99)), span(kind.ran(0.5)), span(kind.ran(0.99)),
        ]
    }

    /// `512µs`, `4.1ms`, `2.1s`: two digits are more than the buckets know.
    private static func bound(_ span: Duration) -> String {
        let microseconds = Double(span.microseconds)
        if microseconds < 1000 { return "\(Int(microseconds))µs" }
        let (value, unit) = microseconds < 1e6 ? (microseconds / 1e3, "ms") : (microseconds / 1e6, "s")
        return Figures.fixed(value, value < 10 ? 1 : 0) + unit
    }

    private static func json(_ queue: QueueName, _ kinds: [KindStatistics]) -> JSONValue {
        ["name": .string(queue.name), "kinds": .array(kinds.map(json))]
    }

    private static func json(_ kind: KindStatistics) -> JSONValue {
        let names = ["done", "failed", "retrying", "scheduled", "dead", "cancelled", "expired", "parked", "abandoned"]
        var members: [String: JSONValue] = ["kind": kind.kind.isEmpty ? .null : .string(kind.kind)]
        for name in names { members[name] = .number(Int(kind.count(name))) }
        func milliseconds(_ span: Duration?) -> JSONValue {
            span.flatMap { JSONNumber($0.inSeconds * 1000) }.map { .number($0) } ?? .null
        }
        members["waitP50Ms"] = milliseconds(kind.waited(0.5))
        members["waitP99Ms"] = milliseconds(kind.waited(0.99))
        members["runP50Ms"] = milliseconds(kind.ran(0.5))
        members["runP99Ms"] = milliseconds(kind.ran(0.99))
        return .object(members)
    }
}
