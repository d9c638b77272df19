import Glibc
import JSON
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct TopTests {
    /// A screen with two queues on it.
    private func screen(_ arguments: [String] = ["--every", "100ms"], columns: UInt16 = 100) async throws
        -> PseudoTerminal
    {
        let shed = try await Shed.migrated()
        try await shed.queue.enqueueAll((0..<12).map { Chore(number: $0) })
        var other = try shed.queue.encoder.prepare(Chore(number: 1))
        other.queue = QueueName("attic")
        _ = try await shed.queue.enqueue(other)
        let screen = try PseudoTerminal(["top"] + arguments, columns: columns)
        try await screen.waitToShow("chores")
        #expect(!screen.isOrdinary)
        return screen
    }

    @Test func `it shows what is there, follows changes, and leaves the terminal as it was`() async throws {
        let screen = try await screen()
        try await screen.waitToShow("ready 13")
        try await Shed().queue.enqueue(Chore(number: 99))
        try await screen.waitToShow("ready 14")
        screen.type("q")
        #expect(try await screen.waitForExit() == .code(0))
        #expect(screen.isOrdinary)
        #expect(screen.shown.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
    }

    @Test func `keys hold it, choose a queue and sort`() async throws {
        let screen = try await screen()
        screen.type(" ")
        try await screen.waitToShow("HELD")
        try await Shed().queue.enqueue(Chore(number: 99))
        screen.type("\u{1B}[C")
        try await screen.waitToShow("sort: ready")
        #expect(screen.picture.contains("ready 13"))
        screen.type("\u{1B}[B")
        try await screen.waitToShow("\u{1B}[7mchores")
        screen.type(" ")
        try await screen.waitToShow("ready 14")
        screen.type("q")
        #expect(try await screen.waitForExit() == .code(0))
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `signals end it with the terminal restored`(signal: Int32) async throws {
        let screen = try await screen()
        screen.send(signal)
        #expect(try await screen.waitForExit() == .code(128 + signal))
        #expect(screen.isOrdinary)
        #expect(screen.shown.hasSuffix("\u{1B}[?1049l"))
    }

    @Test(arguments: [SIGSEGV, SIGABRT])
    func `not even a crash leaves a terminal without echo`(signal: Int32) async throws {
        let screen = try await screen()
        screen.send(signal)
        guard case .signal = try await screen.waitForExit() else {
            Issue.record("a crash has to show as one")
            return
        }
        #expect(screen.isOrdinary)
    }

    @Test func `Ctrl-C is Ctrl-C`() async throws {
        let screen = try await screen()
        screen.type("\u{3}")
        #expect(try await screen.waitForExit() == .code(130))
        #expect(screen.isOrdinary)
    }

    @Test func `Ctrl-Z gives the terminal back, and the screen comes back afterwards`() async throws {
        let screen = try await screen()
        screen.send(SIGTSTP)
        try await eventually { screen.isOrdinary }
        screen.send(SIGCONT)
        try await eventually { !screen.isOrdinary }
        screen.type("q")
        #expect(try await screen.waitForExit() == .code(0))
        #expect(screen.isOrdinary)
    }

    @Test func `a window that changes is filled again, and never more than filled`() async throws {
        let screen = try await screen()
        screen.resize(columns: 40, rows: 10)
        try await eventually {
            let lines = screen.picture.split(separator: "\r\n", omittingEmptySubsequences: false)
            return lines.count == 10 && lines.allSatisfy { String($0).withoutSequences.columns <= 40 }
        }
        screen.type("q")
        #expect(try await screen.waitForExit() == .code(0))
    }

    @Test func `where nobody watches it prints one picture`() async throws {
        let shed = try Shed()
        try await shed.queue.enqueue(Chore(number: 1))
        let result = try await Yardctl.run("top")
        #expect(result.code == .code(0) && result.output.contains("chores") && !result.output.contains("\u{1B}"))
        #expect(try await Yardctl.run("top", "--json").json["queues"]?[0]?["ready"]?.integer == 1)
    }

    @Test func `colours are left out when they are not wanted`() async throws {
        let shed = try Shed()
        try await shed.queue.enqueue(Chore(number: 1))
        let coloured = try PseudoTerminal(["queues"])
        _ = try await coloured.waitForExit()
        #expect(coloured.shown.contains("\u{1B}[1m"))
        let plain = try PseudoTerminal(["queues"], environment: ["NO_COLOR": "1"])
        _ = try await plain.waitForExit()
        #expect(plain.shown.contains("chores") && !plain.shown.contains("\u{1B}"))
    }
}

extension String {
    /// Without what drives the terminal: `ESC [ … letter`.
    fileprivate var withoutSequences: String {
        var text = "", isSequence = false
        for character in self {
            if character == "\u{1B}" { isSequence = true }
            // The terminal puts one before each newline.
            if !isSequence && character != "\r" { text.append(character) }
            if isSequence && character.isLetter { isSequence = false }
        }
        return text
    }

    fileprivate var columns: Int { count }
}
