import JSON
import Queue
import Runtime

/// `yardctl pause` and `yardctl resume`
enum PauseCommands {
    private static let parameter = Command.Parameter(
        name: "QUEUE", summary: "the queues", isRepeated: true, words: .queues)

    static let pause = Command(
        path: "pause", summary: "let workers take no more jobs of a queue",
        details: ["Jobs that run go on; jobs are still taken into the queue."], parameters: [parameter]
    ) { try await set(paused: true, $0, $1) }

    static let resume = Command(
        path: "resume", summary: "let workers take jobs of a queue again", parameters: [parameter]
    ) { try await set(paused: false, $0, $1) }

    private static func set(
        paused: Bool, _ invocation: Invocation, _ session: Session
    ) async throws -> ExitCode {
        var queues: [QueueName] = []
        for name in invocation.words("QUEUE") {
            queues.append(try await session.existing(try invocation.queue(named: name)))
        }
        try session.noteWhereItIsKept()
        for queue in queues {
            let control = try session.control(queue)
            if paused { try await control.pause() } else { try await control.resume() }
            if !invocation.wantsJSON { session.console.print("\(queue): \(paused ? "paused" : "resumed")") }
        }
        if invocation.wantsJSON {
            session.console.print([
                "queues": .array(queues.map { ["name": .string($0.name), "paused": .bool(paused)] })
            ])
        }
        return .clean
    }
}
