import Redis
import Runtime

/// Jobs of one queue that go into Redis with one script call.
struct PushBatch: Sendable {
    /// What may share a call.
    struct Group: Hashable, Sendable {
        let queue: QueueName
        let counter: LedgerCounter
        /// Nil for jobs that need more than a push onto a list.
        let priority: Priority?

        init(_ job: PreparedJob, _ counter: LedgerCounter) {
            queue = job.queue
            self.counter = counter
            priority = job.isPlain ? job.envelope.priority : nil
        }
    }

    /// Longer calls would hold Redis for more than a millisecond.
    static let limit = 1000

    let group: Group
    var jobs: [PreparedJob] = []

    func answers(from redis: some RedisCaller, _ prefix: String) async throws -> [PushAnswer] {
        FaultPoint.enqueueSending.pass()
        defer { FaultPoint.enqueueAnswered.pass() }
        do {
            return try await group.priority == nil ? pushManaged(to: redis, prefix) : pushPlain(to: redis, prefix)
        } catch let error as RedisError where error.code == "FULL" || error.code == "OOM" {
            throw QueueError.full(queue: group.queue.name, retryAfter: .seconds(5))
        }
    }

    /// The same for jobs that are bytes already.
    static func push(_ jobs: EncodedJobs, to redis: some RedisCaller, _ prefix: String) async throws -> [PushAnswer] {
        FaultPoint.enqueueSending.pass()
        defer { FaultPoint.enqueueAnswered.pass() }
        let base = QueueKeys(prefix: prefix, queue: jobs.group.queue).base
        do {
            _ = try await redis.run(EnqueueScript.script, keys: 1, expecting: jobs.ids.count + 3) { writer in
                writer.append(base)
                writer.append(jobs.group.priority?.rawValue ?? 1)
                writer.append(jobs.group.counter.rawValue)
                jobs.forEach { writer.append($0) }
            }
        } catch let error as RedisError where error.code == "FULL" || error.code == "OOM" {
            throw QueueError.full(queue: jobs.group.queue.name, retryAfter: .seconds(5))
        }
        return jobs.ids.map { .taken($0) }
    }

    private func pushPlain(to redis: some RedisCaller, _ prefix: String) async throws -> [PushAnswer] {
        let base = QueueKeys(prefix: prefix, queue: group.queue).base
        _ = try await redis.run(EnqueueScript.script, keys: 1, expecting: jobs.count + 3) { writer in
            writer.append(base)
            writer.append(group.priority?.rawValue ?? 1)
            writer.append(group.counter.rawValue)
            for job in jobs { job.envelope.append(to: &writer) }
        }
        return jobs.map { .taken($0.id) }
    }

    private func pushManaged(to redis: some RedisCaller, _ prefix: String) async throws -> [PushAnswer] {
        let base = QueueKeys(prefix: prefix, queue: group.queue).base
        let answer = try await redis.run(EnqueueManagedScript.script, keys: 1, expecting: jobs.count * 4 + 2) {
            writer in
            writer.append(base)
            writer.append(group.counter.rawValue)
            for job in jobs { job.append(to: &writer) }
        }
        let outcomes = try answer.expectArray()
        return zip(jobs, outcomes).map { job, outcome in
            guard let owner = outcome.bytes, owner.count >= 16 else { return .taken(job.id) }
            let other = owner[owner.count - 16..<owner.count].withUnsafeBytes { JobID(UUID(bytes: $0)) }
            if owner.count == 16 { return .duplicate(of: other) }
            return .replaced(earlier: other, by: job.id)
        }
    }
}

extension PreparedJob {
    fileprivate func append(to writer: inout CommandWriter) {
        writer.append(runAt?.milliseconds ?? 0)
        switch unique {
        case nil:
            writer.append("0")
            writer.append("0")
        case .untilStarted, .untilDone:
            writer.append("1")
            writer.append("0")
        case .forTime(_, let span):
            writer.append("2")
            writer.append(max(span.milliseconds, 1))
        case .debounce:
            writer.append("3")
            writer.append("0")
        }
        envelope.append(to: &writer)
    }
}

extension Envelope {
    /// As one argument of a command.
    func append(to writer: inout CommandWriter) {
        writer.append(count: encodedCount) { write(into: &$0) }
    }
}
