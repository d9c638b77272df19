import Glibc
import JSON
import Queue
import QueueBench
import Redis
import Runtime

/// `yardctl bench`
enum BenchCommand {
    static let command = Command(
        path: "bench", summary: "measure the queue on this machine, with this Redis",
        details: [
            "One worker in this process runs jobs that do nothing, in queues of its own prefix, which is emptied after it,",
            "also on Ctrl-C; what a benchmark left that was killed is removed by the next. It uses what processors and memory",
            "there are: not for a Redis that others need. DATABASE_URL, where it is set, is not touched.",
        ],
        options: [.init(name: "jobs", value: "COUNT", summary: "how many jobs (default 200000)")],
        examples: [("--jobs 500000 --json", "for a script that compares machines")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let jobs = try invocation.count("jobs", in: 10_000...10_000_000) ?? 200_000
        let config: RedisConfig = try session.load()
        // Silent as a worker in production is: success is logged at debug.
        var logger = Logger.silent
        logger.level = .warning
        let bench = Yardstick(
            config.options, prefix: "\(config.prefix)bench-\(getpid()):", loops: LoopGroup(count: 1), logger: logger)
        try await bench.cleanLeftovers(beginning: "\(config.prefix)bench-")
        let figures = try await measured(jobs, on: bench, session.console)
        if invocation.wantsJSON {
            let members = figures.map { ($0.name, JSONNumber($0.value).map { JSONValue.number($0) } ?? .null) }
            session.console.print(.object(Dictionary(uniqueKeysWithValues: members)))
        } else {
            session.console.print(table(of: figures))
        }
        return .clean
    }

    private struct Figure {
        let name: String
        let value: Double
        let digits: Int
        let meaning: String
    }

    /// Leaves nothing behind, however it ends: a cancelled task could not even ask for that.
    private static func measured(_ jobs: Int, on bench: Yardstick, _ console: Console) async throws -> [Figure] {
        Interruption.extendGrace(to: .seconds(30))
        let signs = Task { await bench.showSigns() }
        let outcome: Result<[Figure], any Error>
        do { outcome = .success(try await measure(jobs, on: bench, console)) } catch { outcome = .failure(error) }
        signs.cancel()
        await signs.value
        try await Task { try await bench.leave() }.value
        return try outcome.get()
    }

    private static func measure(_ jobs: Int, on bench: Yardstick, _ console: Console) async throws -> [Figure] {
        var figures: [Figure] = []
        func add(_ name: String, _ value: Double, _ digits: Int, _ meaning: String) {
            figures.append(Figure(name: name, value: value, digits: digits, meaning: meaning))
        }
        console.note("running plain jobs …")
        let plain = try await Throughput.measure(jobs: jobs, on: bench)
        add("jobsPerSecond", plain.jobsPerSecond, 0, "plain jobs, by one worker process")
        add("redisCommandsPerJob", plain.commandsPerJob, 2, "calls inside scripts included")
        add("cpuMicrosecondsPerJob", plain.cpuMicrosecondsPerJob, 2, "of the worker")
        console.note("running managed jobs …")
        let managed = try await Throughput.measure(jobs: jobs / 2, unique: true, on: bench)
        add("jobsPerSecondManaged", managed.jobsPerSecond, 0, "jobs with a unique key each")
        console.note("enqueueing …")
        add("bulkEnqueuePerSecond", try await Enqueueing.bulkPerSecond(jobs: jobs, on: bench), 0, "in batches")
        let awaited = try await Enqueueing.awaitedPerSecond(tasks: 64, each: jobs / 100, on: bench)
        add("awaitedEnqueuePerSecond", awaited, 0, "one by one, by 64 tasks")
        let bytes = try await Enqueueing.bytesOverPayload(jobs: min(jobs, 100_000), on: bench)
        add("redisBytesOverPayload", bytes, 1, "memory of a waiting job beyond its payload")
        console.note("waking a worker that sleeps …")
        let latency = try await Latency.whenIdle(jobs: 200, on: bench)
        add("idleP50Ms", latency.p50.inSeconds * 1000, 2, "from enqueue to start, half of the jobs")
        add("idleP99Ms", latency.p99.inSeconds * 1000, 2, "99 of 100")
        return figures
    }

    private static func table(of figures: [Figure]) -> Table {
        var table = Table([
            .init(title: "FIGURE", least: 12), .init(title: "VALUE", isNumber: true),
            .init(title: "MEANING", least: 20),
        ])
        for figure in figures {
            let value =
                figure.digits == 0
                ? Figures.count(Int(figure.value.rounded())) : Figures.fixed(figure.value, figure.digits)
            table.add(Table.Cell(figure.name), Table.Cell(value), Table.Cell(figure.meaning))
        }
        return table
    }
}
