import Synchronization

/// Keeps the events of one task and its children, for tests.
package final class LogCapture: LogSink {
    private let kept = Mutex<[LogEvent]>([])

    package init() {}

    package var events: [LogEvent] { kept.withLock { $0 } }

    package var messages: [String] { events.map { "\($0.message)" } }

    package func write(_ event: LogEvent) { kept.withLock { $0.append(event) } }

    /// All loggers used inside `body` write here instead of their own sink.
    package static func during<Result>(_ body: (LogCapture) async throws -> Result) async rethrows -> Result {
        let capture = LogCapture()
        return try await Log.$capture.withValue(capture) { try await body(capture) }
    }
}
