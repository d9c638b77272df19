import APIFrame
import Runtime

/// How the real-time door behaves.
package struct RealtimeOptions: ConfigGroup, Sendable {
    /// What one socket may send; 0 for no limit.
    package var messagesPerSecond = 20
    /// The pages that may open a socket. A browser asks nobody before it does, unlike before other requests.
    package var origins = AllowedOrigins.any

    package init() {}

    package init(from config: inout ConfigReader) {
        messagesPerSecond = config.read("REALTIME_MESSAGES_PER_SECOND", .int(in: 0...10_000), default: 20)
    }
}
