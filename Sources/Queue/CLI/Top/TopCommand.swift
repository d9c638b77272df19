import JSON
import Queue
import Runtime

/// `yardctl top`
enum TopCommand {
    static let command = Command(
        path: "top", summary: "watch queues and workers, live",
        details: [
            "Keys: q ends it, space holds the picture, up and down choose a queue, left and right choose what to sort by.",
            "Where standard output is no terminal it prints one picture and ends.",
        ],
        options: [.init(name: "every", value: "SPAN", summary: "how often to look (default 1s)")], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let interval = try invocation.option("every", .duration(in: .milliseconds(100) ... .minutes(10))) ?? .seconds(1)
        // Before the screen is taken, so that an error is read where errors are.
        let first = try await TopPicture.take(session, after: nil)
        if invocation.wantsJSON {
            session.console.print([
                "queues": .array(first.standings.map(\.json)), "workers": .array(first.workers.map(\.json)),
            ])
            return .clean
        }
        guard Terminal.becomeScreen() else {
            session.console.print(TopScreen(state: TopState(first), console: session.console).onePicture)
            return .clean
        }
        defer { Terminal.restore() }
        try await watch(first, every: interval, session)
        return .clean
    }

    private static func watch(_ first: TopPicture, every interval: Duration, _ session: Session) async throws {
        let events = TopEvents(every: interval, loops: session.loops)
        defer { events.stop() }
        var state = TopState(first)
        draw(state, session.console)
        for await event in events.stream {
            try Task.checkCancellation()
            switch event {
            case .tick: if !state.isHeld { await state.look(session) }
            case .resumed: _ = Terminal.becomeScreen()
            case .resized: break
            case .key(.quit): return
            case .key(let key): state.press(key)
            }
            draw(state, session.console)
        }
        try Task.checkCancellation()
    }

    /// One write, so that nothing flickers: from the top left, each line cleared to its end, and the rest below.
    private static func draw(_ state: TopState, _ console: Console) {
        let lines = TopScreen(state: state, console: console).lines
        Console.write("\u{1B}[H" + lines.joined(separator: "\u{1B}[K\r\n") + "\u{1B}[K\u{1B}[J", to: 1)
    }
}
