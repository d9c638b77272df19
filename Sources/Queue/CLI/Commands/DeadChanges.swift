import JSON
import Queue
import Runtime
import Synchronization

/// What `dead retry` and `dead delete` have in common: a few letters by number, or many by a filter, with a rate and a
/// bar that shows how far it is. What was done before an interruption stays done, and is said.
struct DeadChanges {
    /// For people: `Retried`, and what is being done: `retrying`.
    let done: String
    let doing: String
    let few: @Sendable (DeadLetters, [Int64]) async throws -> Int
    let many: @Sendable (DeadLetters, DeadLetterFilter, Int?, (BulkProgress) async throws -> Void) async throws -> Int

    func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        try DeadSelection.check(invocation)
        let named = invocation.words("ID")
        return named.isEmpty ? try await runMany(invocation, session) : try await runFew(named, invocation, session)
    }

    private func runFew(
        _ named: [String], _ invocation: Invocation, _ session: Session
    ) async throws -> ExitCode {
        let (done, wanted) = try await session.withDeadLetters { letters in
            var numbers: [Int64] = []
            for text in named { numbers.append(try await DeadSelection.number(of: text, invocation, letters)) }
            return (try await few(letters, numbers), Set(numbers).count)
        }
        return report(done, of: wanted, isWhole: true, invocation, session.console)
    }

    private func runMany(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let filter = try DeadSelection.filter(invocation)
        let rate = try invocation.count("rate", in: 1...1_000_000)
        let line = ProgressLine(doing, console: session.console)
        let latest = Mutex<BulkProgress?>(nil)
        do {
            let done = try await session.withDeadLetters { letters in
                try await many(letters, filter, rate) { progress in
                    latest.withLock { $0 = progress }
                    line.update(progress.done, of: progress.total)
                    try Task.checkCancellation()
                }
            }
            line.end()
            return report(done, of: done, isWhole: true, invocation, session.console)
        } catch let error where error is CancellationError || Task.isCancelled {
            line.end()
            let progress = latest.withLock { $0 }
            _ = report(progress?.done ?? 0, of: progress?.total ?? 0, isWhole: false, invocation, session.console)
            throw CancellationError()
        }
    }

    private func report(
        _ count: Int, of wanted: Int, isWhole: Bool, _ invocation: Invocation, _ console: Console
    ) -> ExitCode {
        if invocation.wantsJSON {
            console.print([
                "done": .number(count), "wanted": .number(wanted), "interrupted": .bool(!isWhole),
            ])
        } else if isWhole && count == wanted {
            console.print("\(done) \(Figures.count(count, "job")).")
        } else {
            console.print("\(done) \(Figures.count(count)) of \(Figures.count(wanted, "job")).")
        }
        if isWhole && count < wanted && !invocation.wantsJSON {
            console.note("The others are not there, cannot be read, or were retried already.")
        }
        return count == wanted ? .clean : .finding
    }
}

/// `yardctl dead retry`
enum DeadRetryCommand {
    static let command = Command(
        path: "dead retry", summary: "give dead jobs another chance",
        details: [
            "They come back as durable jobs that were never tried, and their letters say so. With --all it asks first."
        ],
        parameters: [DeadSelection.ids], options: DeadSelection.filters + [DeadSelection.all, .rate, .yes],
        examples: [("--group 3f2a… --rate 100", "all that failed of the same, 100 a second")]
    ) { invocation, session in
        try DeadSelection.check(invocation)
        if invocation.flag("all") { try await session.confirm("Retry all dead jobs?", invocation) }
        let changes = DeadChanges(done: "Retried", doing: "retrying") { letters, ids in
            try await letters.retry(ids)
        } many: { letters, filter, rate, progress in
            try await letters.retryAll(filter, perSecond: rate, progress: progress)
        }
        return try await changes.run(invocation, session)
    }
}

/// `yardctl dead delete`
enum DeadDeleteCommand {
    static let command = Command(
        path: "dead delete", summary: "delete dead jobs for good",
        parameters: [DeadSelection.ids], options: DeadSelection.filters + [DeadSelection.all, .rate, .yes]
    ) { invocation, session in
        try DeadSelection.check(invocation)
        try await session.confirm(try await question(invocation, session), invocation)
        let changes = DeadChanges(done: "Deleted", doing: "deleting") { letters, ids in
            try await letters.delete(ids)
        } many: { letters, filter, rate, progress in
            try await letters.deleteAll(filter, perSecond: rate, progress: progress)
        }
        return try await changes.run(invocation, session)
    }

    private static func question(_ invocation: Invocation, _ session: Session) async throws -> String {
        let named = invocation.words("ID").count
        if named > 0 || invocation.flag("yes") { return "Delete \(Figures.count(named, "dead job")) for good?" }
        let filter = try DeadSelection.filter(invocation)
        let count = try await session.withDeadLetters { try await $0.count(filter, cap: 100_000) }
        return "Delete \(Figures.count(count, "dead job"))\(count == 100_000 ? " or more" : "") for good?"
    }
}
