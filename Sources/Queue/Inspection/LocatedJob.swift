import Runtime

/// A job that somebody named by its id: where it is in Redis, and its row in PostgreSQL if it is durable.
package struct LocatedJob: Sendable {
    package let id: JobID
    package let queue: QueueName
    /// Nil while it lies in PostgreSQL alone.
    package let inRedis: InspectedJob?
    package let row: OutboxJob?

    package var state: JobState { inRedis?.state ?? .scheduled }

    /// What can be read of it; nil where nothing can.
    package var inspected: InspectedJob? { inRedis ?? row?.inspected }
}

extension OutboxJob {
    /// As a job that waits for its time.
    package var inspected: InspectedJob? {
        envelope.map { InspectedJob(queue: queue, state: .scheduled, envelope: $0, dueAt: runAt ?? pushAt) }
    }
}
