import Postgres
import Redis
import Runtime

/// Finds single jobs wherever they are, and does with them what operators want.
package struct JobDesk: Sendable {
    private let redis: RedisClient
    private let prefix: String
    /// Nil: only Redis is asked.
    private let database: Database?

    package init(redis: RedisClient, prefix: String, database: Database?) {
        self.redis = redis
        self.prefix = prefix
        self.database = database
    }

    package enum Search: Sendable {
        case found(LocatedJob)
        /// False when more jobs are ready than were looked at.
        case absent(isCertain: Bool)
    }

    private var operations: JobOperations { JobOperations(redis: redis, prefix: prefix) }

    // MARK: Finding

    /// One that a list has shown.
    package func locate(_ job: InspectedJob) async throws -> LocatedJob {
        var row: OutboxJob?
        if job.envelope.attributes.contains(.durable), let database {
            row = try await OutboxListing(database: database).find(job.id)
        }
        return LocatedJob(id: job.id, queue: job.queue, inRedis: row?.pushAt == nil ? job : nil, row: row)
    }

    /// Its row says where it is; else it is looked for in `queue`, or in all that there are.
    package func find(
        _ id: JobID, in queue: QueueName? = nil, among queues: () async throws -> [QueueName], reach: Int = 200_000
    ) async throws -> Search {
        var row: OutboxJob?
        if let database { row = try await OutboxListing(database: database).find(id) }
        if let row, row.pushAt != nil {
            return .found(LocatedJob(id: id, queue: row.queue, inRedis: nil, row: row))
        }
        var places = [row?.queue, queue].compactMap { $0 }
        if places.isEmpty { places = try await queues() }
        switch try await JobFinder(redis: redis, prefix: prefix).find(id, in: places, reach: reach) {
        case .found(let job): return .found(LocatedJob(id: id, queue: job.queue, inRedis: job, row: row))
        case .absent(let isCertain):
            if let row { return .found(LocatedJob(id: id, queue: row.queue, inRedis: nil, row: row)) }
            return .absent(isCertain: isCertain)
        }
    }

    // MARK: Acts

    /// What became of a job that somebody has cancelled.
    package enum Cancelling: String, Sendable, CaseIterable {
        case cancelled
        /// It is skipped when its turn comes.
        case marked
        /// Its worker hears of it within seconds.
        case told
    }

    package func cancel(_ job: LocatedJob, _ durable: DurableQueue?) async throws -> Cancelling {
        if job.row != nil, let durable {
            try await durable.cancel([(id: job.id, queue: job.queue)])
        } else {
            _ = try await operations.cancel(job.id, in: job.queue)
        }
        return switch job.state {
        case .leased: .told
        case .ready, .suspect: .marked
        case .scheduled, .retrying, .parked: .cancelled
        }
    }

    /// What became of a job that somebody has deleted.
    package enum Deleting: String, Sendable, CaseIterable {
        case deleted
        /// A worker runs it, and goes on.
        case running
        /// It has just been taken, or has ended.
        case gone
    }

    /// First in Redis: what a worker has taken by then goes on as if nothing had been asked.
    package func delete(_ job: LocatedJob, _ durable: DurableQueue?) async throws -> Deleting {
        if job.state == .leased { return .running }
        if let found = job.inRedis, !(try await operations.delete(found)) { return .gone }
        if job.row != nil { try await durable?.finish([job.id], as: .cancelled) }
        return .deleted
    }

    /// Moves a job to another time, wherever it waits; false when it does not wait.
    package func move(_ job: LocatedJob, to time: Timestamp) async throws -> Bool {
        guard job.state.isDue else { return false }
        if job.row != nil, let database {
            _ = try await OutboxListing(database: database).reschedule(job.id, to: time)
        }
        guard job.inRedis != nil else { return true }
        return try await operations.reschedule(job.id, in: job.queue, to: time)
    }
}
