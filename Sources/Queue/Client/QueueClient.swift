import Redis
import Runtime

/// Everything that puts jobs into Redis: volatile jobs, as safe as Redis' own persistence. Durable ones are enqueued
/// in a transaction, and come through here after its commit.
package final class QueueClient: Sendable {
    package let redis: RedisClient
    package let prefix: String
    package let encoder: JobEncoder
    /// Where payloads lie that are too large for Redis; without it such jobs are refused.
    private let payloads: PayloadStore?
    private let memory: QueueMemory?
    private let loops: LoopGroup
    private let shards: [LoopBound<EnqueueShard>]

    package init(
        redis: RedisClient, loops: LoopGroup, prefix: String, encoder: JobEncoder = JobEncoder(),
        payloads: PayloadStore? = nil, memory: QueueMemory? = nil
    ) {
        self.payloads = payloads
        self.memory = memory
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
        try memory?.checkIsBelow(.nearlyFull, for: job.queue)
        guard !job.isTooLargeForRedis else { return try await enqueueAll([job])[0] }
        let shard = shards[loops.next().index]
        return try await enqueue(job, through: shard, on: shard.loop.domain)
    }

    /// Enqueues many jobs of one kind with the same options, a thousand at a time. When it throws, what went before stays.
    @discardableResult
    package func enqueueAll<J: Job>(_ jobs: [J], _ options: JobOptions = JobOptions()) async throws -> [PushAnswer] {
        try memory?.checkIsBelow(.nearlyFull, for: J.queue)
        var answers: [PushAnswer] = []
        answers.reserveCapacity(jobs.count)
        for start in stride(from: 0, to: jobs.count, by: PushBatch.limit) {
            let part = jobs[start..<min(start + PushBatch.limit, jobs.count)]
            if let encoded = try encoder.encodeInBulk(part, options) {
                answers += try await PushBatch.push(encoded, to: redis, prefix)
            } else {
                answers += try await enqueueAll(try part.map { try encoder.prepare($0, options) })
            }
        }
        return answers
    }

    /// The same for jobs of any mix. Large payloads are stored before their jobs are pushed: what we leave behind when
    /// we die in between is pruned.
    package func enqueueAll(_ jobs: [PreparedJob]) async throws -> [PushAnswer] {
        if let first = jobs.first { try memory?.checkIsBelow(.nearlyFull, for: first.queue) }
        guard jobs.contains(where: \.isTooLargeForRedis) else { return try await push(jobs, counting: .enqueued) }
        var light = jobs
        for place in jobs.indices where jobs[place].isTooLargeForRedis {
            light[place] = try await storingPayload(of: jobs[place])
        }
        let answers = try await pushOrForget(light)
        let dropped = zip(light, answers).filter { $0.envelope.attributes.contains(.payloadStored) && $1.isDuplicate }
        if !dropped.isEmpty { try await payloads?.delete(dropped.map(\.0.id)) }
        return answers
    }

    /// What is refused for certain needs its payload no more. Of many, some may have been taken.
    private func pushOrForget(_ jobs: [PreparedJob]) async throws -> [PushAnswer] {
        do { return try await push(jobs, counting: .enqueued) } catch let error as QueueError where jobs.count == 1 {
            try? await payloads?.delete(jobs.map(\.id))
            throw error
        }
    }

    private func storingPayload(of job: PreparedJob) async throws -> PreparedJob {
        let payload = job.envelope.payload
        guard let payloads else {
            throw QueueError.invalid(
                part: "payload",
                reason: "has \(payload.count) bytes; more than \(PayloadStore.largestInline) need a database")
        }
        try await payloads.save(payload, of: job.id)
        var light = job
        light.envelope.payload = []
        light.envelope.attributes.insert(.payloadStored)
        return light
    }

    /// Puts any mix of jobs in, in as few calls as possible; the answers stand in the order of the jobs. When a call
    /// fails, what earlier calls took stays.
    @discardableResult
    package func push(_ jobs: [PreparedJob], counting counter: LedgerCounter) async throws -> [PushAnswer] {
        if let first = jobs.first { try memory?.checkIsBelow(.full, for: first.queue) }
        var answers = [PushAnswer?](repeating: nil, count: jobs.count)
        for (group, places) in Self.grouped(jobs, counter) {
            for start in stride(from: 0, to: places.count, by: PushBatch.limit) {
                let part = places[start..<min(start + PushBatch.limit, places.count)]
                let batch = PushBatch(group: group, jobs: part.map { jobs[$0] })
                for (place, answer) in zip(part, try await batch.answers(from: redis, prefix)) {
                    answers[place] = answer
                }
            }
        }
        return answers.compactMap { $0 }
    }

    /// The places of the jobs that can share calls. Neighbours mostly can, so a group is looked up only when it changes.
    private static func grouped(
        _ jobs: [PreparedJob], _ counter: LedgerCounter
    ) -> [(group: PushBatch.Group, places: [Int])] {
        var groups: [(group: PushBatch.Group, places: [Int])] = []
        var current = 0
        for place in jobs.indices {
            let group = PushBatch.Group(jobs[place], counter)
            if current >= groups.count || groups[current].group != group {
                current = groups.firstIndex { $0.group == group } ?? groups.count
                if current == groups.count { groups.append((group, [])) }
            }
            groups[current].places.append(place)
        }
        return groups
    }

    private func enqueue(
        _ job: PreparedJob, through shard: LoopBound<EnqueueShard>, on domain: isolated LoopDomain
    ) async throws -> PushAnswer {
        try await shard.value(on: domain).enqueue(job, on: domain)
    }
}
