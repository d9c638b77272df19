import Redis
import Runtime

/// What a tracked job shows of itself while it waits and runs, and for a day after its end.
package struct TrackedJob: Sendable, Hashable {
    /// As scripts name it: ready, scheduled, retrying, suspect, done, dead …
    package let state: String
    /// From 0 to 1.
    package let progress: Double?
    package let note: String?
    /// JSON.
    package let result: String?
}

extension QueueClient {
    /// Nil for a job that is not tracked, or ended more than a day ago.
    package func tracked(_ id: JobID, in queue: QueueName) async throws -> TrackedJob? {
        let key = [UInt8](keys(of: queue).trackedPrefix.utf8) + id.bytes
        let fields = try await redis.call("HMGET", key, "state", "progress", "note", "result").expectArray()
        guard fields.count == 4, let state = fields[0].string else { return nil }
        return TrackedJob(
            state: state, progress: fields[1].string.flatMap { Double($0) }, note: fields[2].string,
            result: fields[3].string)
    }
}
