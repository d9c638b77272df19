/// Says what happened: a constant message with facts as metadata. A value; hand it down by `init`.
public struct Logger: Sendable {
    public var level: LogLevel
    /// The part of the process that speaks, such as `redis`.
    public var component: String?
    /// Facts that every event of this logger carries.
    public var metadata: LogMetadata
    private let sink: any LogSink

    public init(
        _ component: String? = nil, level: LogLevel = .info, metadata: LogMetadata = [:], sink: any LogSink
    ) {
        self.component = component
        self.level = level
        self.metadata = metadata
        self.sink = sink
    }

    /// For what nobody reads; a `LogCapture` hears it all the same.
    public static let silent = Logger(level: .debug, sink: DiscardingSink())

    /// Where its lines are written, if they are: for what writes so many that it makes them itself.
    public var writer: LogWriter? { sink as? LogWriter }

    /// The same logger speaking for one part, with facts of its own.
    public func part(_ component: String, _ facts: LogMetadata = [:]) -> Logger {
        Logger(component, level: level, metadata: metadata.merging(facts), sink: sink)
    }

    @inlinable public func debug(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        if level <= .debug { emit(.debug, message, facts()) }
    }

    @inlinable public func info(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        if level <= .info { emit(.info, message, facts()) }
    }

    @inlinable public func warning(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        if level <= .warning { emit(.warning, message, facts()) }
    }

    @inlinable public func error(_ message: StaticString, _ facts: @autoclosure () -> LogMetadata = [:]) {
        emit(.error, message, facts())
    }

    /// Writes an event whatever the level; the named ones above check it first.
    @inline(never) public func emit(_ level: LogLevel, _ message: StaticString, _ facts: LogMetadata) {
        var carried = metadata.merging(Log.context?.logMetadata ?? [:]).merging(Log.metadata)
        if let trace = TraceContext.inForce { carried["trace.id"] = .string(trace.traceIDText) }
        let event = LogEvent(
            time: .now, level: level, message: message, component: component, metadata: carried.merging(facts))
        (Log.capture ?? sink).write(event)
    }
}

/// What the log carries along a task: the facts of the request or job in hand.
public enum Log {
    @TaskLocal public static var metadata = LogMetadata()
    /// The work in hand, asked for its facts only when something is logged: for work too short to gather them before.
    @TaskLocal public static var context: (any LogContext)?
    @TaskLocal static var capture: (any LogSink)?

    /// Every event inside `body`, and inside the child tasks it starts, carries `facts`.
    public static func with<Result>(
        _ facts: LogMetadata, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await $metadata.withValue(metadata.merging(facts), operation: body)
    }

    public static func with<Result>(_ facts: LogMetadata, _ body: () throws -> Result) rethrows -> Result {
        try $metadata.withValue(metadata.merging(facts), operation: body)
    }
}

/// Work that can say what it is.
public protocol LogContext: Sendable {
    var logMetadata: LogMetadata { get }
    /// The trace it belongs to, where `TraceContext.current` does not say so.
    var trace: TraceContext? { get }
    /// The request behind it, where the log's facts do not say so.
    var requestID: String? { get }
    /// Who is told of what it does, if anybody is.
    var tracer: Tracer? { get }
}

extension LogContext {
    public var trace: TraceContext? { nil }
    public var requestID: String? { nil }
    public var tracer: Tracer? { nil }
}

/// One thing that happened.
public struct LogEvent: Sendable {
    public let time: Timestamp
    public let level: LogLevel
    public let message: StaticString
    public let component: String?
    public let metadata: LogMetadata
}

/// Where events go. `write` is called on event loops, so it never waits.
public protocol LogSink: Sendable {
    func write(_ event: LogEvent)
}

private struct DiscardingSink: LogSink {
    func write(_ event: LogEvent) {}
}
