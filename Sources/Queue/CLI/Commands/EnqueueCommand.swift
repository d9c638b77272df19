import Glibc
import JSON
import Queue
import Runtime

/// `yardctl enqueue`
enum EnqueueCommand {
    static let command = Command(
        path: "enqueue", summary: "put a job into a queue",
        details: [
            "The payload is the JSON of the job's type; a worker refuses one that does not fit. Ends with 1 when nothing was",
            "enqueued, as a job with the same unique key stands for it: its id is printed, --json says taken: false.",
        ],
        parameters: [.init(name: "KIND", summary: "the kind of job", words: .kinds)],
        options: [
            .init(name: "queue", letter: "q", value: "QUEUE", summary: "into which queue", words: .queues),
            .init(
                name: "payload", letter: "p", value: "JSON",
                summary: "its payload; @FILE reads a file, - standard input (default {})",
                words: .files),
            .at, .in,
            .init(name: "key", value: "KEY", summary: "under which key, for a keyed queue"),
            .init(name: "ordered", summary: "the queue is ordered by key (needed only while it has no jobs)"),
            .init(
                name: "unique", value: "TEXT", summary: "not while there is a job of this kind with the same text"),
            .init(
                name: "unique-until", value: "WHEN",
                summary: "how long that one counts: started, done (default), or for a span such as 10m"),
            .init(
                name: "debounce", value: "TEXT",
                summary: "in place of one of this kind with the same text that waits for its time"),
            .init(
                name: "priority", value: "PRIORITY", summary: "before or behind others",
                choices: Priority.allCases.map(\.description)),
            .init(name: "schema", value: "NUMBER", summary: "the schema version of the payload (default 1)"),
            .init(name: "expires", value: "SPAN", summary: "drop it when it has not begun by then"),
            .init(name: "tracked", summary: "keep its progress and result"),
            .init(name: "durable", summary: "into PostgreSQL first, so that not even the loss of Redis loses it"),
        ],
        examples: [
            ("push.send --queue push --payload '{\"notification\":\"…\"}' --in 5m", "in five minutes"),
            ("report.make --queue maintenance --payload @report.json --durable", "with the payload of a file"),
        ],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let job = try await prepare(invocation, session)
        let answer: PushAnswer
        if invocation.flag("durable") {
            answer = try await enqueueDurably(job, session)
        } else {
            answer = try await session.client(memory: try await session.memory()).enqueue(job)
        }
        try await warnOfStrangers(job, session)
        report(answer, job, invocation, session.console)
        return answer.id == job.id ? .clean : .finding
    }

    /// The push tells nobody that the job was dropped for another with its key: its row is gone then.
    private static func enqueueDurably(_ job: PreparedJob, _ session: Session) async throws -> PushAnswer {
        let id = try await session.withDurable(memory: try await session.memory()) { try await $0.enqueue(job) }
        guard job.unique != nil, try await OutboxListing(database: session.database()).find(id) == nil,
            let holder = try await session.operations().holder(ofKeyOf: job), holder != id
        else { return .taken(id) }
        return .duplicate(of: holder)
    }

    private static func prepare(_ invocation: Invocation, _ session: Session) async throws -> PreparedJob {
        guard var queue = try invocation.queueOption() else {
            throw UsageError("into which queue? Give --queue", command: invocation.command)
        }
        let key = invocation.option("key")
        queue = try await styled(queue, key, invocation, session)
        let priority = Priority.allCases.first { $0.description == invocation.option("priority") }
        let options = JobOptions(
            runAt: try invocation.moment(), expiresAt: try invocation.option("expires", .duration()).map { .now + $0 },
            unique: try uniqueness(invocation), key: key, priority: priority,
            isTracked: invocation.flag("tracked"))
        let keys = try session.load(PayloadKeys.self).keys
        return try JobEncoder(sealing: keys).prepare(
            kind: invocation.word("KIND"), schemaVersion: UInt8(try invocation.count("schema", in: 1...255) ?? 1),
            queue: queue, priority: priority ?? .normal, payload: try payload(invocation), options)
    }

    private static func uniqueness(_ invocation: Invocation) throws(UsageError) -> Uniqueness? {
        let until = invocation.option("unique-until")
        if let text = invocation.option("debounce") {
            guard invocation.option("unique") == nil, until == nil else {
                throw UsageError("--debounce is a way of being unique: give it alone", command: invocation.command)
            }
            guard invocation.option("in") != nil || invocation.option("at") != nil else {
                throw UsageError("--debounce is for what waits for its time: give --in", command: invocation.command)
            }
            return .debounce(text)
        }
        guard let text = invocation.option("unique") else {
            guard until == nil else { throw UsageError("--unique-until needs --unique", command: invocation.command) }
            return nil
        }
        switch until {
        case nil, "done"?: return .untilDone(text)
        case "started"?: return .untilStarted(text)
        default:
            return try invocation.option("unique-until", .duration(in: .milliseconds(1) ... .days(3650))).map {
                .forTime(text, $0)
            }
        }
    }

    /// A plain job in a keyed queue would never run, and the other way round: Redis knows what the queue is.
    private static func styled(
        _ queue: QueueName, _ key: String?, _ invocation: Invocation, _ session: Session
    ) async throws -> QueueName {
        let wanted: QueueName.Style = invocation.flag("ordered") ? .ordered : key == nil ? .plain : .keyed
        let style = try await session.directory().style(of: queue) ?? wanted
        guard style != .plain && wanted == .plain else {
            return QueueName(checking: queue.name, style == .plain ? wanted : style) ?? queue
        }
        throw UsageError("the jobs of \(queue) are under keys: give --key", command: invocation.command)
    }

    // MARK: Payload

    private static func payload(_ invocation: Invocation) throws -> [UInt8] {
        let given = invocation.option("payload") ?? "{}"
        let bytes = try read(given, invocation)
        do {
            let value: JSONValue = try JSONCoder.decode(from: bytes)
            return try JSONCoder.encode(value)
        } catch {
            throw UsageError("--payload is not JSON: \(error)", command: invocation.command)
        }
    }

    private static func read(_ given: String, _ invocation: Invocation) throws -> [UInt8] {
        guard given == "-" || given.hasPrefix("@") else { return Array(given.utf8) }
        let path = given == "-" ? "/dev/stdin" : String(given.dropFirst())
        do throws(SystemError) {
            return try TextFile.contents(of: path, limit: 16 << 20).toArray()
        } catch {
            throw UsageError("--payload: \(error)", command: invocation.command)
        }
    }

    // MARK: Answer

    /// What waits for a worker that there may never be.
    private static func warnOfStrangers(_ job: PreparedJob, _ session: Session) async throws {
        let kinds = try await session.directory().kinds(of: job.queue)
        if kinds.isEmpty {
            let others = try await session.directory().queues().map(\.name).filter { $0 != job.queue.name }
            let hint = Suggestion.nearest(to: job.queue.name, among: others).map { " Did you mean \($0)?" } ?? ""
            session.console.note(
                "No worker has ever served the queue \(job.queue): its jobs wait until one does.\(hint)")
        } else if !kinds.contains(job.envelope.kind) {
            let hint = Suggestion.nearest(to: job.envelope.kind, among: kinds).map { " Did you mean \($0)?" } ?? ""
            session.console.note(
                "No worker of \(job.queue) has said that it can run \(job.envelope.kind): it will be parked until one does.\(hint)"
            )
        }
    }

    private static func report(
        _ answer: PushAnswer, _ job: PreparedJob, _ invocation: Invocation, _ console: Console
    ) {
        let isTaken = answer.id == job.id
        if invocation.wantsJSON {
            console.print([
                "id": .string(answer.id.description), "taken": .bool(isTaken), "queue": .string(job.queue.name),
                "duplicateOf": .text(isTaken ? nil : answer.id.description),
                "replaced": .text(answer.replaced?.description),
                // That of a job which was not taken is nobody's.
                "runAt": .time(isTaken ? job.runAt : nil), "durable": .bool(invocation.flag("durable")),
            ])
        } else if isTaken {
            console.print("\(job.id)" + (job.runAt.map { "  due \(Figures.relative($0))" } ?? ""))
            if let earlier = answer.replaced { console.note("It took the place of \(earlier).") }
        } else {
            console.print("\(answer.id)")
            console.note("Not enqueued: this job has the same unique key and is not done yet.")
        }
    }
}

extension PushAnswer {
    /// The job whose place it took.
    fileprivate var replaced: JobID? {
        if case .replaced(let earlier, _) = self { earlier } else { nil }
    }
}
