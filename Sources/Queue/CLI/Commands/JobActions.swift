import JSON
import Queue
import Runtime

/// Does one thing with each of the jobs that are named, or that filters choose, and says what became of them.
struct JobActions {
    /// What became of one job.
    struct Outcome {
        let word: String
        /// A sentence for people.
        let text: String
        var isDone = true
    }

    /// For people: `Cancelled`, and what is being done: `cancelling`.
    let done: String
    let doing: String
    /// Of what is chosen by filters that do not name a state.
    let states: [JobState]
    /// With a durable queue where there is a database.
    let action: (LocatedJob, DurableQueue?) async throws -> Outcome

    static let named = Command.Parameter(name: "ID", summary: "the jobs", isRepeated: true)

    func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        guard let selection = try await JobSelection(invocation, session, states: states) else {
            return try await runNamed(invocation, session)
        }
        let (jobs, hidden) = try await session.whileShowing("looking for the jobs") { try await selection.jobs() }
        if !jobs.isEmpty {
            let count = Figures.count(jobs.count, "job")
            try await session.confirm("\(doing.capitalizedFirst) \(count) of \(selection.queue)?", invocation)
        }
        let code = try await session.withDurableIfSet { try await runMany(jobs, $0, invocation, session) }
        guard hidden > 0 else { return code }
        session.console.note(
            "\(Figures.count(hidden, "more job")) under keys that are at their limit: choose them with --key KEY.")
        return .finding
    }

    // MARK: Named

    func runNamed(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        try await session.withDurableIfSet { try await runNamed($0, invocation, session) }
    }

    private func runNamed(
        _ durable: DurableQueue?, _ invocation: Invocation, _ session: Session
    ) async throws -> ExitCode {
        let ids = try invocation.words("ID").map { text throws(UsageError) in try invocation.jobID(text) }
        var results: [JSONValue] = []
        var failed = 0
        for id in ids {
            let outcome = try await outcome(durable) { try await LocatedJob.find(id, invocation, session) }
            if !outcome.isDone { failed += 1 }
            results.append([
                "id": .string(id.description), "outcome": .string(outcome.word), "done": .bool(outcome.isDone),
            ])
            guard !invocation.wantsJSON else { continue }
            if outcome.isDone {
                session.console.print("\(id): \(outcome.text)")
            } else {
                session.console.note("\(id): \(outcome.text)")
            }
        }
        if invocation.wantsJSON { session.console.print(["results": .array(results)]) }
        return failed == 0 ? .clean : .finding
    }

    /// A job that is not there does not keep the others from being dealt with.
    private func outcome(
        _ durable: DurableQueue?, _ find: () async throws -> LocatedJob
    ) async throws -> Outcome {
        do {
            return try await action(try await find(), durable)
        } catch let failure as CommandFailure where failure.code == .finding {
            return Outcome(word: "absent", text: failure.text + (failure.hint.map { ". \($0)" } ?? ""), isDone: false)
        }
    }

    // MARK: Chosen

    private func runMany(
        _ jobs: [InspectedJob], _ durable: DurableQueue?, _ invocation: Invocation, _ session: Session
    ) async throws -> ExitCode {
        let rate = try invocation.count("rate", in: 1...1_000_000)
        var counts: [String: Int] = [:]
        var finished = 0
        let line = ProgressLine(doing, console: session.console)
        let begun = MonotonicTime.now
        do {
            for (number, job) in jobs.enumerated() {
                try Task.checkCancellation()
                if let rate { try await SystemClock().sleep(until: begun, plus: number, at: rate) }
                let outcome = try await outcome(durable) { try await session.desk().locate(job) }
                counts[outcome.word, default: 0] += 1
                if outcome.isDone { finished += 1 }
                line.update(number + 1, of: jobs.count)
            }
        } catch let error where error is CancellationError || Task.isCancelled {
            line.end()
            report(finished, of: jobs.count, counts, isWhole: false, invocation, session.console)
            throw CancellationError()
        }
        line.end()
        report(finished, of: jobs.count, counts, isWhole: true, invocation, session.console)
        return finished == jobs.count ? .clean : .finding
    }

    private func report(
        _ finished: Int, of wanted: Int, _ counts: [String: Int], isWhole: Bool, _ invocation: Invocation,
        _ console: Console
    ) {
        if invocation.wantsJSON {
            return console.print([
                "done": .number(finished), "wanted": .number(wanted), "interrupted": .bool(!isWhole),
                "outcomes": .object(counts.mapValues { .number($0) }),
            ])
        }
        let isAll = finished == wanted && isWhole
        console.print(
            isAll
                ? "\(done) \(Figures.count(wanted, "job"))."
                : "\(done) \(Figures.count(finished)) of \(Figures.count(wanted, "job")).")
        if isWhole && !isAll { console.note("The others have ended, or a worker has just taken them.") }
    }
}

extension SystemClock {
    /// Until it is the turn of the one with that number, at so many a second.
    fileprivate func sleep(until begun: MonotonicTime, plus number: Int, at rate: Int) async throws {
        let rest = begun + .microseconds(Int64(number) * 1_000_000 / Int64(rate)) - .now
        if rest > .zero { try await sleep(for: rest) }
    }
}
