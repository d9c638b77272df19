/// Says what happened: a constant message with facts as metadata. A value; hand it down by `init`.
package struct Logger: Sendable {
    package var level: LogLevel
    /// The part of the process that speaks, such as `redis`.
    package var component: String?
    /// Facts that every event of this logger carries.
    package var metadata: LogMetadata
    private let sink: any LogSink

    package init(
        _ component: String? = nil, level: LogLevel = .info, metadata: LogMetadata = [:], sink: any LogSink
    ) {
        self.component = component
        self.level = level
        self.metadata = metadata
        self.sink = sink
    }

    /// For what nobody reads; a `LogCapture` hears it all the same.
    package static let silent = Logger(level: .debug, sink: DiscardingSink())

    /// Where its lines are written, if they are: for what writes so many that it makes them itself.
    package var writer: LogWriter? { sink as? LogWriter }

    /// The same logger speaking for one part, with facts of its own.
    package func part(_ component: String, _ facts: LogMetadata = [:]) -> Logger {
        Logger(component, level: level, metadata: metadata.merging(facts), sink: sink)
    }

    @inlinable package func debug(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        if level <= .debug { emit(.debug, message, facts()) }
    }

    @inlinable package func info(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        if level <= .info { emit(.info, message, facts()) }
    }

    @inlinable package func warning(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        if level <= .warning { emit(.warning, message, facts()) }
    }

    @inlinable package func error(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        emit(.error, message, facts())
    }

    /// Writes an event whatever the level; the named ones above check it first.
    @inline(never) package func emit(_ level: LogLevel, _ message: StaticString, _ facts: LogMetadata) {
        var carried = metadata.merging(Log.context?.logMetadata ?? [:]).merging(Log.metadata)
        if let trace = TraceContext.inForce { carried["trace.id"] = .string(trace.traceIDText) }
        let event = LogEvent(
            time: .now, level: level, message: message, component: component, metadata: carried.merging(facts))
        (Log.capture ?? sink).write(event)
    }
}

/// What the log carries along a task: the facts of the request or job in hand.
package enum Log {
    @TaskLocal package static var metadata = LogMetadata()
    /// The work in hand, asked for its facts only when something is logged: for work too short to gather them before.
    @TaskLocal package static var context: (any LogContext)?
    @TaskLocal static var capture: (any LogSink)?

    /// Every event inside `body`, and inside the child tasks it starts, carries `facts`.
    package static func with<Result>(
        _ facts: LogMetadata, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await $metadata.withValue(metadata.merging(facts), operation: body)
    }

    package static func with<Result>(_ facts: LogMetadata, _ body: () throws -> Result) rethrows -> Result {
        try $metadata.withValue(metadata.merging(facts), operation: body)
    }
}

/// Work that can say what it is.
package protocol LogContext: Sendable {
    var logMetadata: LogMetadata { get }
    /// The trace it belongs to, where `TraceContext.current` does not say so.
    var trace: TraceContext? { get }
    /// The request behind it, where the log's facts do not say so.
    var requestID: String? { get }
}

extension LogContext {
    package var trace: TraceContext? { nil }
    package var requestID: String? { nil }
}

/// One thing that happened.
package struct LogEvent: Sendable {
    package let time: Timestamp
    package let level: LogLevel
    package let message: StaticString
    package let component: String?
    package let metadata: LogMetadata
}

/// Where events go. `write` is called on event loops, so it never waits.
package protocol LogSink: Sendable {
    func write(_ event: LogEvent)
}

private struct DiscardingSink: LogSink {
    func write(_ event: LogEvent) {}
}
