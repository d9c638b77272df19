import Queue
import Runtime

/// A command with the words that it was called with.
struct Invocation: Sendable {
    let command: Command
    private var options: [String: [String]] = [:]
    private var places: [String: [String]] = [:]

    init(_ command: Command) { self.command = command }

    mutating func add(_ value: String, to option: String) { options[option, default: []].append(value) }
    mutating func put(_ values: [String], at parameter: String) { places[parameter] = values }

    var wantsJSON: Bool { flag("json") }

    func flag(_ name: String) -> Bool { options[name] != nil }

    /// The last value, so that a later one overrides an earlier one.
    func option(_ name: String) -> String? { options[name]?.last }

    /// All values of one that may be repeated.
    func options(named name: String) -> [String] { options[name] ?? [] }

    /// The words in a place; one that may not be left out has at least one.
    func words(_ parameter: String) -> [String] { places[parameter] ?? [] }

    func word(_ parameter: String) -> String { words(parameter).first ?? "" }

    /// More was said than where to and how to print.
    var hasOptions: Bool { options.keys.contains { !["json", "yes"].contains($0) } }

    /// All that was said, but for what jobs carry.
    var said: [String: String] {
        let kept = options.filter { !["json", "yes", "payload", "unique", "debounce"].contains($0.key) }
        return kept.merging(places) { $1 }.mapValues { $0.joined(separator: " ") }
    }

    // MARK: Values

    /// A value as its setting reads it; a wrong one is the caller's mistake.
    func option<Value>(_ name: String, _ setting: Setting<Value>) throws(UsageError) -> Value? {
        guard let text = option(name) else { return nil }
        return try Self.parse(text, setting, of: "--\(name)", in: command)
    }

    func count(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        try option(name, .int(in: range))
    }

    private static func parse<Value>(
        _ text: String, _ setting: Setting<Value>, of subject: String, in command: Command
    ) throws(UsageError) -> Value {
        do throws(ConfigMistake) { return try setting.parse(text) } catch {
            throw UsageError("\(subject): \"\(text)\" \(error.problem)", command: command)
        }
    }

    func queueOption() throws(UsageError) -> QueueName? {
        guard let name = option("queue") else { return nil }
        return try queue(named: name)
    }

    func queue(named name: String) throws(UsageError) -> QueueName {
        if let queue = QueueName(checking: name) { return queue }
        throw UsageError(
            "\"\(name)\" is not the name of a queue: 1 to 64 of a-z, 0-9, - and _", command: command)
    }

    func jobID(_ text: String) throws(UsageError) -> JobID {
        if let id = JobID(text) { return id }
        throw UsageError(
            "\"\(text)\" is not the id of a job, which looks like 01890a5d-ac96-774b-bcce-b302099a8057",
            command: command)
    }

    /// `--at` or `--in`; nil when neither is there.
    func moment(now: Timestamp = .now) throws(UsageError) -> Timestamp? {
        let span = try option("in", .duration())
        guard let text = option("at") else { return span.map { now + $0 } }
        if span != nil { throw UsageError("--at and --in say the same: give one", command: command) }
        if let time = Timestamp(operator: text) { return time }
        throw UsageError("--at: \"\(text)\" is not a time like 2026-05-01T12:00:00Z", command: command)
    }

    /// A time in the past: as such, or as how long ago that is.
    func past(_ name: String, now: Timestamp = .now) throws(UsageError) -> Timestamp? {
        guard let text = option(name) else { return nil }
        if let time = Timestamp(operator: text) { return time }
        if let span = try? Setting<Duration>.duration().parse(text) { return now - span }
        throw UsageError(
            "--\(name): \"\(text)\" is neither a time like 2026-05-01T12:00:00Z nor a span like 2h", command: command)
    }

    func limit(_ standard: Int = 50) throws(UsageError) -> Int { try count("limit", in: 1...1000) ?? standard }
}

/// What is wrong with the words after `yardctl`.
struct UsageError: Error, CustomStringConvertible {
    let description: String
    let command: Command?

    init(_ description: String, command: Command? = nil) {
        self.description = description
        self.command = command
    }
}

extension Timestamp {
    /// RFC 3339, or the same with a space and without seconds and zone, which is then UTC.
    init?(operator text: String) {
        var text = text
        if text.count == 10 { text += "T00:00" }
        if let space = text.firstIndex(of: " ") { text.replaceSubrange(space...space, with: "T") }
        if text.count == 16 { text += ":00" }
        if text.count == 19 { text += "Z" }
        self.init(rfc3339: text)
    }
}
