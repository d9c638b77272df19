import Foundation
import Runtime
import Synchronization
import Testing

@Suite struct LoggerTests {
    @Test func `what is below the level is not even built`() async {
        await LogCapture.during { capture in
            let log = Logger(level: .warning, sink: LogCapture())
            var built = 0
            func fact() -> LogMetadata {
                built += 1
                return ["n": 1]
            }
            log.debug("no", fact())
            log.info("no", fact())
            log.warning("yes", fact())
            log.error("yes", fact())
            #expect(built == 2)
            #expect(capture.events.map(\.level) == [.warning, .error])
        }
    }

    @Test func `facts travel with the task and its children`() async {
        await LogCapture.during { capture in
            let log = Logger.silent.part("worker", ["queue": "push"])
            await Log.with(["request.id": "r1", "n": 1]) {
                await Log.with(["job.id": "j1", "n": 2]) {
                    async let child: Void = log.info("in a child", ["n": 3])
                    await child
                }
                log.info("after")
            }
            log.info("outside")
            let facts = capture.events.map(\.metadata)
            #expect(facts[0] == ["queue": "push", "request.id": "r1", "n": 3, "job.id": "j1"])
            #expect(facts[1] == ["queue": "push", "request.id": "r1", "n": 1])
            #expect(facts[2] == ["queue": "push"])
            #expect(capture.events.allSatisfy { $0.component == "worker" })
        }
    }

    @Test func `a closure that belongs to one loop can carry facts`() async {
        let loops = LoopGroup(count: 1)
        defer { loops.stop() }
        let found = await loopFacts(on: loops.loops[0].domain)
        #expect(found == ["request.id": "r2"])
    }

    private func loopFacts(on domain: isolated LoopDomain) async -> LogMetadata {
        final class Confined { var facts = LogMetadata() }
        let confined = Confined()
        await Log.with(["request.id": "r2"]) {
            await Task.yield()
            confined.facts = Log.metadata
            domain.preconditionIsolated()
        }
        return confined.facts
    }

    @Test func `the trace of the task stands in its events`() async {
        let trace = TraceContext.start()
        await LogCapture.during { capture in
            await TraceContext.with(trace) { Logger.silent.info("traced") }
            #expect(capture.events[0].metadata["trace.id"] == .string(trace.traceIDText))
        }
    }

    @Test func `two captures do not hear each other`() async {
        async let one = LogCapture.during { capture in
            Logger.silent.info("one")
            return capture.messages
        }
        async let two = LogCapture.during { capture in
            Logger.silent.info("two")
            return capture.messages
        }
        #expect(await one == ["one"])
        #expect(await two == ["two"])
    }
}

@Suite struct LogWriterTests {
    @Test func `a line has its fields in order`() throws {
        let pipe = try Pipe()
        let writer = LogWriter(process: "api", descriptor: pipe.writeEnd)
        let id = Runtime.UUID.v7()
        let log = Logger("redis", level: .debug, sink: writer)
        log.warning(
            "went away",
            [
                "text": "a\"b\\c\n", "count": -3, "share": 0.5, "lost": true, "id": .uuid(id), "time": "mine",
                "took": .duration(.microseconds(1_500_250)), "none": .double(.nan), "brief": .duration(.zero),
            ])
        writer.close()
        let line = try #require(pipe.readLines(1).first)
        let expected =
            #"","level":"warning","message":"went away","process":"api","component":"redis","text":"a\"b\\c\n","#
            + #""count":-3,"share":0.5,"lost":true,"id":"\#(id)","fact.time":"mine","took":1.50025,"none":"nan","brief":0}"#
        #expect(line.hasPrefix(#"{"time":""#))
        #expect(String(line.dropFirst(33)) == expected)
        #expect(Timestamp(rfc3339: line.dropFirst(9).prefix(24)) != nil)
    }

    static let hostile = [
        "", "\u{0}\u{1}\u{1F}\u{7F}", "\"\\\"", "\r\n\t\u{8}\u{C}", "\u{2028}\u{2029}", "👩‍👩‍👧‍👦é\u{301}", "</script>",
        String(repeating: "ü", count: 9000), "{\"time\":1}", "x\u{FEFF}\u{FFFD}\u{10FFFF}",
    ]

    @Test func `eight threads with hostile texts write whole JSON lines`() throws {
        let pipe = try Pipe()
        let writer = LogWriter(process: "api", descriptor: pipe.writeEnd, limit: 1 << 26)
        let log = Logger(sink: writer)
        let perThread = 400
        let done = Semaphore()
        for thread in 0..<8 {
            Thread.start(name: "writer") {
                for turn in 0..<perThread {
                    let text = Self.hostile[turn % Self.hostile.count]
                    log.info("line", ["thread": .int(thread), "turn": .int(turn), "text": .string(text), text: 1])
                }
                done.signal()
            }
        }
        let lines = pipe.readLines(8 * perThread)
        for _ in 0..<8 { done.wait() }
        var next = [Int](repeating: 0, count: 8)
        for line in lines {
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let thread = try #require(object["thread"] as? Int)
            #expect(object["turn"] as? Int == next[thread], "lines of one thread keep their order")
            let text = Self.hostile[next[thread] % Self.hostile.count]
            let written = try #require(object["text"] as? String)
            // Scalar by scalar: the standard comparison takes texts as equal that are not.
            #expect(written.unicodeScalars.elementsEqual(text.unicodeScalars) || written.hasSuffix("…"))
            next[thread] += 1
        }
        #expect(next == [Int](repeating: perThread, count: 8))
        #expect(writer.dropped == 0)
        writer.close()
    }

    @Test func `a pipe that nobody reads costs events and no time`() throws {
        let pipe = try Pipe()
        let writer = LogWriter(process: "api", descriptor: pipe.writeEnd, limit: 1 << 16)
        let log = Logger(sink: writer)
        let start = MonotonicTime.now
        for turn in 0..<5000 { log.info("flood", ["turn": .int(turn)]) }
        #expect(MonotonicTime.now - start < .minutes(1))
        #expect(writer.dropped > 0)
        #expect(!writer.flush(within: .milliseconds(5)))
        let dropped = writer.dropped
        var events = 0
        var noticed = 0
        while noticed < dropped, let line = pipe.readLines(1).first {
            if line.contains("flood") { events += 1 }
            noticed += line.split(separator: "\"log.dropped\":").last.flatMap { Int($0.dropLast()) } ?? 0
        }
        #expect(noticed == dropped)
        #expect(events == 5000 - dropped)
        #expect(writer.flush())
        log.info("there is room again")
        #expect(pipe.readLines(1).first?.contains("room again") == true)
        writer.close()
    }

    @Test func `a full pipe that does not block is waited for`() throws {
        let pipe = try Pipe(nonBlocking: true)
        let writer = LogWriter(process: "api", descriptor: pipe.writeEnd, limit: 1 << 24)
        let log = Logger(sink: writer)
        for turn in 0..<5000 { log.info("flood", ["turn": .int(turn)]) }
        #expect(pipe.readLines(5000).count == 5000)
        #expect(writer.dropped == 0)
        writer.close()
    }

    @Test func `a reader that is gone is survived and counted`() throws {
        let pipe = try Pipe()
        pipe.closeReadEnd()
        let writer = LogWriter(process: "api", descriptor: pipe.writeEnd)
        for _ in 0..<100 { Logger(sink: writer).info("into the void") }
        #expect(writer.flush(), "lost lines are not waited for")
        #expect(writer.dropped >= 100)
        writer.close()
    }

    @Test func `the form for people is one line too`() throws {
        let pipe = try Pipe()
        let writer = LogWriter(process: "api", format: .text(coloured: false), descriptor: pipe.writeEnd)
        Logger("queue", sink: writer).error(
            "job failed", ["job.kind": "push", "why": "two\nlines \u{1B}[31m", "e": ""])
        writer.close()
        let line = try #require(pipe.readLines(1).first)
        #expect(line.hasSuffix(#"Z ERROR queue: job failed  job.kind=push  why="two\nlines \u001b[31m"  e="""#))
    }
}

/// A pipe whose lines are read by the test.
private final class Pipe: Sendable {
    let readEnd: Int32
    let writeEnd: Int32
    private let rest = Mutex<[UInt8]>([])

    init(nonBlocking: Bool = false) throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        readEnd = ends[0]
        writeEnd = ends[1]
        if nonBlocking { _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK) }
    }

    func closeReadEnd() { close(readEnd) }

    /// Blocks until so many lines are there, or nothing came for ten seconds.
    func readLines(_ count: Int) -> [String] {
        rest.withLock { rest in
            var chunk = [UInt8](repeating: 0, count: 65536)
            var lines = rest.count { $0 == UInt8(ascii: "\n") }
            while lines < count {
                var query = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
                guard poll(&query, 1, 10_000) > 0, case let got = read(readEnd, &chunk, chunk.count), got > 0
                else { return [] }
                lines += chunk[..<got].count { $0 == UInt8(ascii: "\n") }
                rest += chunk[..<got]
            }
            let parts = rest.split(separator: UInt8(ascii: "\n"), maxSplits: count, omittingEmptySubsequences: false)
            rest = Array(parts[count])
            return parts[..<count].map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
