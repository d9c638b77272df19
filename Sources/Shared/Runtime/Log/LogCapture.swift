import Synchronization

/// Keeps the events of one task and its children, for tests.
public final class LogCapture: LogSink {
    private let kept = Mutex<[LogEvent]>([])

    public init() {}

    public var events: [LogEvent] { kept.withLock { $0 } }

    public var messages: [String] { events.map { "\($0.message)" } }

    public func write(_ event: LogEvent) { kept.withLock { $0.append(event) } }

    /// All loggers used inside `body` write here instead of their own sink.
    public static func during<Result>(_ body: (LogCapture) async throws -> Result) async rethrows -> Result {
        let capture = LogCapture()
        return try await Log.$capture.withValue(capture) { try await body(capture) }
    }
}
