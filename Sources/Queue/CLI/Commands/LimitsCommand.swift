import JSON
import Queue
import Runtime

/// `yardctl limits`
enum LimitsCommand {
    /// The options, what they set, and how they are called in JSON.
    private static let limits: [(option: String, limit: QueueSettings.Limit, json: String, summary: String)] = [
        ("concurrency", .concurrency, "concurrency", "jobs that run at once, on all workers together"),
        ("rate", .rate, "rate", "jobs that start per second"),
        ("burst", .burst, "burst", "jobs that may start at once after a pause, with --rate"),
        ("key-concurrency", .keyConcurrency, "keyConcurrency", "jobs of one key that run at once"),
        ("key-rate", .keyRate, "keyRate", "jobs of one key that start per second"),
        ("key-burst", .keyBurst, "keyBurst", "jobs of one key that may start at once, with --key-rate"),
        ("max-length", .maxLength, "maxLength", "jobs that may wait: more are refused"),
    ]

    static let command = Command(
        path: "limits", summary: "show or set what a queue may do",
        details: [
            "Without an option it shows the limits. 0 takes a limit away, --clear all of them. A rate begins with its whole",
            "burst, which is 1 where nothing is said.",
        ],
        parameters: [.init(name: "QUEUE", summary: "the queue", words: .queues)],
        options: limits.map { .init(name: $0.option, value: "NUMBER", summary: $0.summary) }
            + [.init(name: "clear", summary: "take all limits away")],
        examples: [("email --rate 10 --burst 50", "ten a second, fifty at once after a quiet time")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let queue = try await session.existing(try invocation.queue(named: invocation.word("QUEUE")))
        let control = try session.control(queue)
        let changes = try changes(invocation)
        if !changes.isEmpty {
            try check(changes, against: try await control.settings(), invocation)
            try session.noteWhereItIsKept()
            try await control.setLimits(changes)
        }
        let settings = try await control.settings()
        if invocation.wantsJSON {
            var members = Dictionary(uniqueKeysWithValues: limits.map { ($0.json, json(settings.value(of: $0.limit))) })
            members["queue"] = .string(queue.name)
            members["paused"] = .bool(settings.isPaused)
            session.console.print(.object(members))
        } else {
            let shown = limits.map { ($0.option, settings.value(of: $0.limit).map(text) ?? "none") }
            session.console.print(JobSheet.fields(shown, session.console))
        }
        return .clean
    }

    private static func changes(_ invocation: Invocation) throws -> [QueueSettings.Limit: Double?] {
        var changes: [QueueSettings.Limit: Double?] = [:]
        if invocation.flag("clear") {
            for limit in QueueSettings.Limit.allCases { changes.updateValue(nil, forKey: limit) }
        }
        for (option, limit, _, _) in limits {
            let isRate = limit == .rate || limit == .keyRate
            let value: Double?
            if isRate {
                value = try invocation.option(option, .double(in: 0...1_000_000))
            } else {
                value = try invocation.count(option, in: 0...1_000_000_000).map(Double.init)
            }
            if let value { changes.updateValue(value == 0 ? nil : value, forKey: limit) }
        }
        return changes
    }

    private static func check(
        _ changes: [QueueSettings.Limit: Double?], against settings: QueueSettings, _ invocation: Invocation
    ) throws(UsageError) {
        guard let burst = settings.mistake(in: changes) else { return }
        let option = burst == .burst ? "rate" : "key-rate"
        throw UsageError("a burst means nothing without a rate: give --\(option) too", command: invocation.command)
    }

    private static func text(_ value: Double) -> String {
        Int(exactly: value).map(Figures.count) ?? "\(value)"
    }

    private static func json(_ value: Double?) -> JSONValue {
        value.flatMap { JSONNumber(Int(exactly: $0).map(String.init) ?? "\($0)") }.map { .number($0) } ?? .null
    }
}
