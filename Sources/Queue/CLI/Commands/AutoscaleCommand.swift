import JSON
import Queue
import Runtime

/// `yardctl autoscale`
enum AutoscaleCommand {
    static let command = Command(
        path: "autoscale", summary: "show how many workers each queue needs",
        details: [
            "From what waits, what came in over the last minutes, how long it takes, and how many jobs a worker runs at",
            "once. WANTED is 0 where nothing is to do, now or within a minute. The scheduler's metrics say the same as",
            "queue_workers_wanted, and the API at /admin/autoscale.",
        ],
        parameters: [.init(name: "QUEUE", summary: "only these", isOptional: true, isRepeated: true, words: .queues)],
        options: [
            .init(name: "drain", value: "SPAN", summary: "by when what waits is to be gone (default 30s)"),
            .init(name: "wait", value: "SPAN", summary: "how long a job may wait (default 15s)"),
            .init(name: "most", value: "COUNT", summary: "never more than these (default 100)"),
        ],
        examples: [("media --wait 1m", "thumbnails may take a minute")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        var aim = QueueNeed.Aim()
        let spans = Duration.seconds(1) ... .hours(1)
        aim.drain = try invocation.option("drain", .duration(in: spans)) ?? aim.drain
        aim.patience = try invocation.option("wait", .duration(in: spans)) ?? aim.patience
        aim.most = try invocation.count("most", in: 1...10_000) ?? aim.most
        var queues: [QueueName] = []
        for name in invocation.words("QUEUE") {
            queues.append(try await session.existing(try invocation.queue(named: name)))
        }
        if queues.isEmpty { queues = try await session.directory().queues() }
        let needs = try await QueueNeed.all(
            of: queues, redis: try session.redis(), prefix: try session.prefix(), aim: aim)
        if invocation.wantsJSON {
            session.console.print(["queues": .array(needs.map(json))])
        } else {
            session.console.print(table(of: needs))
        }
        return .clean
    }

    private static func table(of needs: [QueueNeed]) -> Table {
        let numbers = ["WORKERS", "WANTED", "READY", "RUNNING", "OLDEST", "RUNS/S", "RUN"]
        var table = Table([.init(title: "QUEUE", least: 8)] + numbers.map { .init(title: $0, isNumber: true) })
        table.emptyText = "There are no queues."
        for need in needs {
            let isOff = need.wanted != need.workers
            table.add(
                Table.Cell(need.queue.name, .bold), Table.Cell("\(need.workers)"),
                Table.Cell("\(need.wanted)", isOff ? .yellow : .none), Table.Cell(need.ready), Table.Cell(need.running),
                need.oldest == .zero ? Table.Cell("·", .dim) : Table.Cell(Figures.span(need.oldest)),
                Table.Cell(Figures.rate(need.runsPerSecond)),
                need.runTime.map { Table.Cell(Figures.span($0)) } ?? Table.Cell("·", .dim))
        }
        return table
    }

    private static func json(_ need: QueueNeed) -> JSONValue {
        func number(_ value: Double) -> JSONValue { JSONNumber(value).map { .number($0) } ?? .null }
        return [
            "queue": .string(need.queue.name), "workers": .number(need.workers), "wanted": .number(need.wanted),
            "ready": .number(need.ready), "running": .number(need.running),
            "oldestSeconds": number(need.oldest.inSeconds), "runsPerSecond": number(need.runsPerSecond),
            "runSeconds": need.runTime.map { number($0.inSeconds) } ?? .null, "concurrency": .number(need.concurrency),
        ]
    }
}
