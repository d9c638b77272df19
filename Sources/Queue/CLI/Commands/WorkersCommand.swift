import JSON
import Queue
import Runtime

/// `yardctl workers`
enum WorkersCommand {
    static let command = Command(
        path: "workers", summary: "list the workers and what they run",
        details: [
            "LEASE is what is left of the shortest of its leases. One whose heartbeats have stopped is silent: stuck, cut off",
            "or dead. When its lease is over others take its jobs, and a while later it is not listed any more.",
        ],
        options: [.queue], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        var workers = try await session.workers().workers()
        if let queue = try invocation.queueOption() { workers.removeAll { !$0.queues.contains(queue.name) } }
        if invocation.wantsJSON {
            session.console.print(["workers": .array(workers.map(\.json))])
        } else {
            session.console.print(table(of: workers))
        }
        return .clean
    }

    static func table(of workers: [WorkerView], now: Timestamp = .now) -> Table {
        var table = Table([
            .init(title: "WORKER", least: 12), .init(title: "HOST", least: 6), .init(title: "PID", isNumber: true),
            .init(title: "UP", isNumber: true), .init(title: "QUEUES", least: 8), .init(title: "BUSY", isNumber: true),
            .init(title: "LEASE", isNumber: true), .init(title: "STATE"), .init(title: "RUNS", least: 8),
        ])
        table.emptyText = "No worker has shown itself."
        for worker in workers { table.add(cells: cells(of: worker, now: now)) }
        return table
    }

    private static func cells(of worker: WorkerView, now: Timestamp) -> [Table.Cell] {
        let kinds = worker.kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let lease = worker.lease.map { $0 < .zero ? "over" : Figures.span($0) }
        return [
            Table.Cell(worker.name, .bold), Table.Cell(worker.host), Table.Cell("\(worker.pid)"),
            Table.Cell(worker.started.map { Figures.span(now - $0) } ?? "?"),
            Table.Cell(worker.queues.joined(separator: ",")),
            Table.Cell("\(worker.kinds.values.reduce(0, +))/\(worker.concurrency)"),
            Table.Cell(lease ?? "none", worker.lease.map { $0 < .seconds(3) } ?? true ? .red : .none),
            worker.isSilent
                ? Table.Cell("silent \(Figures.span(worker.silence))", .red)
                : Table.Cell(worker.state, worker.state == "quiet" ? .yellow : .none),
            Table.Cell(kinds.map { "\($0.value)×\($0.key)" }.joined(separator: " ")),
        ]
    }
}

extension WorkerView {
    var json: JSONValue {
        [
            "name": .string(name), "host": .string(host), "pid": .number(pid), "startedAt": .time(started),
            "queues": .array(queues.map { .string($0) }), "concurrency": .number(concurrency),
            "running": .number(kinds.values.reduce(0, +)), "state": .string(state),
            "silent": .bool(isSilent), "silenceMs": .milliseconds(silence),
            "leaseMs": .milliseconds(lease), "kinds": .object(kinds.mapValues { .number($0) }),
        ]
    }
}
