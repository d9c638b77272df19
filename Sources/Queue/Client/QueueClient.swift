import Redis
import Runtime

/// Everything that puts jobs into Redis: volatile jobs, as safe as Redis' own persistence. Durable ones are enqueued
/// in a transaction, and come through here after its commit.
package final class QueueClient: Sendable {
    package let redis: RedisClient
    package let prefix: String
    package let encoder: JobEncoder
    private let loops: LoopGroup
    private let shards: [LoopBound<EnqueueShard>]

    package init(redis: RedisClient, loops: LoopGroup, prefix: String, encoder: JobEncoder = JobEncoder()) {
        self.redis = redis
        self.prefix = prefix
        self.encoder = encoder
        self.loops = loops
        shards = loops.loops.map { LoopBound(EnqueueShard(redis: redis, prefix: prefix), to: $0) }
    }

    package func keys(of queue: QueueName) -> QueueKeys { QueueKeys(prefix: prefix, queue: queue) }

    /// Enqueues one job. What concurrent tasks enqueue shares a round trip.
    @discardableResult
    package func enqueue<J: Job>(_ job: J, _ options: JobOptions = JobOptions()) async throws -> PushAnswer {
        try await enqueue(try encoder.prepare(job, options))
    }

    /// Enqueues one job, to run at the earliest after a delay.
    @discardableResult
    package func enqueue<J: Job>(
        _ job: J, after delay: Duration, unique: Uniqueness? = nil, key: String? = nil
    ) async throws -> PushAnswer {
        try await enqueue(job, JobOptions(runAt: .now + delay, unique: unique, key: key))
    }

    package func enqueue(_ job: PreparedJob) async throws -> PushAnswer {
        let shard = shards[loops.next().index]
        return try await enqueue(job, through: shard, on: shard.loop.domain)
    }

    /// Enqueues many jobs of one kind with the same options.
    @discardableResult
    package func enqueueAll<J: Job>(_ jobs: [J], _ options: JobOptions = JobOptions()) async throws -> [PushAnswer] {
        try await push(try jobs.map { try encoder.prepare($0, options) }, counting: .enqueued)
    }

    /// Puts any mix of jobs in, in as few calls as possible; the answers stand in the order of the jobs. When a call
    /// fails, what earlier calls took stays.
    @discardableResult
    package func push(_ jobs: [PreparedJob], counting counter: LedgerCounter) async throws -> [PushAnswer] {
        var batches: [PushBatch.Group: (batch: PushBatch, places: [Int])] = [:]
        var answers = [PushAnswer?](repeating: nil, count: jobs.count)
        func send(_ group: PushBatch.Group) async throws {
            guard let (batch, places) = batches.removeValue(forKey: group) else { return }
            for (place, answer) in zip(places, try await batch.answers(from: redis, prefix)) { answers[place] = answer }
        }
        for (place, job) in jobs.enumerated() {
            let group = PushBatch.Group(job, counter)
            batches[group, default: (PushBatch(group: group), [])].batch.jobs.append(job)
            batches[group]?.places.append(place)
            if batches[group]?.places.count == PushBatch.limit { try await send(group) }
        }
        for group in Array(batches.keys) { try await send(group) }
        return answers.compactMap { $0 }
    }

    private func enqueue(
        _ job: PreparedJob, through shard: LoopBound<EnqueueShard>, on domain: isolated LoopDomain
    ) async throws -> PushAnswer {
        try await shard.value(on: domain).enqueue(job, on: domain)
    }
}
