import JSON
import Queue
import Runtime

/// `yardctl quiet` and `yardctl drain`
enum OrderCommands {
    static let quiet = command(
        "quiet", .quiet, "let workers take no more jobs; those that run go on",
        "A quiet worker stays quiet until it is restarted.")
    static let drain = command(
        "drain", .stop, "let workers end what they run, hand back the rest, and stop",
        "What started them will start them again, as after a deploy.")

    private static func command(
        _ name: String, _ order: WorkerOrder, _ summary: String, _ detail: String
    ) -> Command {
        Command(
            path: name, summary: summary,
            details: [
                "They hear of it with their next heartbeat. Ends with 1 when one of them is silent, and may be dead.",
                detail,
            ],
            parameters: [
                .init(
                    name: "WORKER", summary: "names of workers, or the beginnings of names", isOptional: true,
                    isRepeated: true, words: .workers)
            ],
            options: [.init(name: "all", summary: "all workers"), .queue, .yes]
        ) { invocation, session in try await run(order, invocation, session) }
    }

    private static func run(
        _ order: WorkerOrder, _ invocation: Invocation, _ session: Session
    ) async throws -> ExitCode {
        let chosen = try await choose(invocation, session)
        if chosen.count > 1 {
            try await session.confirm("\(order == .stop ? "Drain" : "Quiet") \(chosen.count) workers?", invocation)
        }
        let directory = try session.workers()
        for worker in chosen { try await directory.order(order, to: worker.name) }
        if invocation.wantsJSON {
            session.console.print([
                "told": .array(chosen.map { .string($0.name) }),
                "silent": .array(chosen.filter(\.isSilent).map { .string($0.name) }),
            ])
        } else {
            for worker in chosen { session.console.print("\(worker.name): \(answer(of: worker))") }
        }
        return chosen.contains(where: \.isSilent) ? .finding : .clean
    }

    private static func answer(of worker: WorkerView) -> String {
        let silence = Figures.span(worker.silence)
        return worker.isSilent
            ? "silent for \(silence); it will hear if it still lives" : "told; its last heartbeat was \(silence) ago"
    }

    private static func choose(_ invocation: Invocation, _ session: Session) async throws -> [WorkerView] {
        let known = try await session.workers().workers()
        let names = invocation.words("WORKER")
        let queue = try invocation.queueOption()
        guard !names.isEmpty || queue != nil || invocation.flag("all") else {
            throw UsageError("which worker? Name it, or give --queue or --all", command: invocation.command)
        }
        for name in names where !known.contains(where: { $0.name.hasPrefix(name) }) {
            let hint = Suggestion.nearest(to: name, among: known.map(\.name)).map { "Did you mean \($0)?" }
            throw CommandFailure(
                "there is no worker \(name)", hint: hint ?? "yardctl workers lists them.", code: .finding)
        }
        let chosen = known.filter { worker in
            (names.isEmpty || names.contains { worker.name.hasPrefix($0) })
                && (queue.map { worker.queues.contains($0.name) } ?? true)
        }
        if chosen.isEmpty { throw CommandFailure("no worker is there that this would be about", code: .finding) }
        return chosen
    }
}
