import Queue
import Runtime

/// Which dead letters are meant: by filters, the same in all commands.
enum DeadSelection {
    static let filters: [Command.Option] = [
        .queue, .kind,
        .init(name: "error", value: "TYPE", summary: "only with this type of error"),
        .init(name: "text", value: "WORDS", summary: "only whose error has all these words"),
        .init(name: "group", letter: "g", value: "GROUP", summary: "only of this group: yardctl dead groups"),
        .key,
        .init(name: "since", value: "TIME", summary: "only those that died since then: a time, or a span such as 2h"),
        .init(name: "until", value: "TIME", summary: "only those that died before then"),
    ]

    static let ids = Command.Parameter(
        name: "ID", summary: "numbers of letters, or ids of jobs", isOptional: true, isRepeated: true)

    static let all = Command.Option(name: "all", summary: "all there are, without a filter")

    static func filter(_ invocation: Invocation) throws -> DeadLetterFilter {
        var filter = DeadLetterFilter()
        filter.queue = try invocation.queueOption()?.name
        filter.kind = invocation.option("kind")
        filter.errorType = invocation.option("error")
        filter.text = invocation.option("text")
        filter.fingerprint = invocation.option("group")
        filter.key = invocation.option("key")
        filter.diedFrom = try invocation.past("since")
        filter.diedBefore = try invocation.past("until")
        return filter
    }

    static func hasFilter(_ invocation: Invocation) -> Bool { filters.contains { invocation.option($0.name) != nil } }

    /// Changes need numbers, or a filter, or `--all`: never all by mistake.
    static func check(_ invocation: Invocation) throws(UsageError) {
        let isMany = hasFilter(invocation) || invocation.flag("all")
        if invocation.words("ID").isEmpty == isMany { return }
        throw UsageError(
            isMany ? "give either numbers or filters, not both" : "which ones? Name them, or give a filter, or --all",
            command: invocation.command)
    }

    /// The letter of a number, or the latest of a job.
    static func number(of text: String, _ invocation: Invocation, _ letters: DeadLetters) async throws -> Int64 {
        if let number = Int64(text) { return number }
        var filter = DeadLetterFilter()
        filter.job = try invocation.jobID(text)
        filter.includesRetried = true
        if let letter = try await letters.list(filter, limit: 1).first { return letter.id }
        throw missing(text)
    }

    static func missing(_ text: String) -> CommandFailure {
        CommandFailure("there is no dead letter \(text)", hint: "yardctl dead list shows them.", code: .finding)
    }
}

extension Session {
    func withDeadLetters<Value: Sendable>(_ body: (DeadLetters) async throws -> Value) async throws -> Value {
        try await withDurable { try await body(DeadLetters($0)) }
    }
}
