import Glibc
import Synchronization

/// Writes events to a descriptor from a thread of its own, so that a reader who stops reading never stops a loop.
/// What does not fit into the buffer meanwhile is dropped and counted, and the count is written when there is room.
public final class LogWriter: LogSink {
    /// What waits for the thread. Bounded: `limit` bytes here, and at most as many in the thread's hands.
    private struct Waiting: ~Copyable {
        var lines = ByteBuffer()
        var droppedSinceNotice = 0
        var isClosed = false
    }

    /// Gathering for a moment makes one `write` of many lines; at a calm hour the first line does not wait for it.
    private static let gathering: useconds_t = 2000
    private static let largestWrite = 65536
    /// Bytes that some writer has accepted and not yet passed on: what a crash waits for.
    static let unwrittenOfAll = Atomic<Int>(0)

    public let format: LogFormat
    public let process: String
    private let descriptor: Int32
    private let limit: Int
    private let bell = Semaphore()
    private let waiting = Mutex(Waiting())
    private let unwritten = Atomic<Int>(0)
    private let droppedEvents = Atomic<Int>(0)

    /// `limit` bytes may wait. The thread starts at once; `close` ends it.
    public init(process: String, format: LogFormat = .json, descriptor: Int32 = 1, limit: Int = 1 << 20) {
        self.process = process
        self.format = format
        self.descriptor = descriptor
        self.limit = limit
        Thread.start(name: "log") { self.passLinesOn() }
    }

    /// Text where a person watches, JSON elsewhere.
    public static func suitableFormat(for descriptor: Int32) -> LogFormat {
        isatty(descriptor) == 1 ? textFormat(for: descriptor) : .json
    }

    /// Text, with colours where they show.
    public static func textFormat(for descriptor: Int32) -> LogFormat {
        .text(coloured: isatty(descriptor) == 1 && getenv("NO_COLOR") == nil)
    }

    /// Events lost so far, because the reader was slow or gone.
    public var dropped: Int { droppedEvents.load(ordering: .relaxed) }

    public func write(_ event: LogEvent) {
        var line = ByteBuffer(capacity: 512)
        format.append(event, process: process, to: &line)
        write(lines: line.readable, count: 1)
    }

    /// So many lines in one piece, as somebody who writes very many has made them. They must have the form of `format`.
    public func write(lines: UnsafeRawBufferPointer, count: Int) {
        let isFirst = waiting.withLock { waiting in
            guard waiting.lines.count + lines.count <= limit, !waiting.isClosed else {
                waiting.droppedSinceNotice += count
                droppedEvents.wrappingAdd(count, ordering: .relaxed)
                return false
            }
            waiting.lines.append(lines)
            countUnwritten(lines.count)
            return waiting.lines.count == lines.count
        }
        if isFirst { bell.signal() }
    }

    /// Waits, by blocking, until all accepted lines are passed on; false when `patience` ended first.
    @discardableResult public func flush(within patience: Duration = .seconds(1)) -> Bool {
        let deadline = MonotonicTime.now + patience
        while unwritten.load(ordering: .acquiring) > 0 {
            if MonotonicTime.now >= deadline { return false }
            usleep(500)
        }
        return true
    }

    /// Ends the thread when it has passed on what is there; later events count as dropped.
    public func close() {
        waiting.withLock { $0.isClosed = true }
        bell.signal()
    }

    private func countUnwritten(_ bytes: Int) {
        unwritten.wrappingAdd(bytes, ordering: .releasing)
        Self.unwrittenOfAll.wrappingAdd(bytes, ordering: .releasing)
    }
}

// MARK: The thread

extension LogWriter {
    private func passLinesOn() {
        blockBrokenPipeSignal()
        var batch = ByteBuffer()
        while true {
            bell.wait()
            let (dropped, isClosed) = take(into: &batch)
            if dropped > 0 { appendNotice(of: dropped, to: &batch) }
            writeOut(&batch)
            if isClosed { return }
            usleep(Self.gathering)
        }
    }

    /// A reader that is gone must be an error of `write`, not the end of the process.
    private func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Swaps the waiting lines for the empty `batch`, which keeps the memory of both in use.
    private func take(into batch: inout ByteBuffer) -> (dropped: Int, isClosed: Bool) {
        waiting.withLock { waiting in
            swap(&waiting.lines, &batch)
            defer { waiting.droppedSinceNotice = 0 }
            return (waiting.droppedSinceNotice, waiting.isClosed)
        }
    }

    private func appendNotice(of dropped: Int, to batch: inout ByteBuffer) {
        let before = batch.count
        let event = LogEvent(
            time: .now, level: .warning, message: "log events were dropped: the reader of the log was too slow",
            component: "log", metadata: ["log.dropped": .int(dropped)])
        format.append(event, process: process, to: &batch)
        countUnwritten(batch.count - before)
    }

    private func writeOut(_ batch: inout ByteBuffer) {
        while !batch.isEmpty {
            let piece = batch.readable.prefixOfWholeLines(upTo: Self.largestWrite)
            let written = Glibc.write(descriptor, piece.baseAddress, piece.count)
            if written > 0 {
                batch.consume(written)
                countUnwritten(-written)
            } else if errno == EAGAIN {
                waitForRoom()
            } else if errno != EINTR {
                giveUp(&batch)
            }
        }
        if batch.capacity > 65536 { batch.release() }
    }

    private func waitForRoom() {
        var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&query, 1, 1000)
    }

    /// The reader is gone, or the disk is full: these lines are lost, later ones are tried again.
    private func giveUp(_ batch: inout ByteBuffer) {
        let lines = batch.readable.count { $0 == UInt8(ascii: "\n") }
        droppedEvents.wrappingAdd(lines, ordering: .relaxed)
        waiting.withLock { $0.droppedSinceNotice += lines }
        countUnwritten(-batch.count)
        batch.clear()
    }
}

extension UnsafeRawBufferPointer {
    /// At most `limit` bytes, ending with a newline where there is one.
    fileprivate func prefixOfWholeLines(upTo limit: Int) -> UnsafeRawBufferPointer {
        guard count > limit else { return self }
        let piece = self[..<limit]
        let end = piece.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? limit
        return UnsafeRawBufferPointer(rebasing: self[..<end])
    }
}
