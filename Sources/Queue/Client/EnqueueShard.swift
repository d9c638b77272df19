import Redis
import Runtime

/// A queue client's part on one loop: what its tasks enqueue in one turn goes out in one script call per queue.
final class EnqueueShard: IOSource {
    private struct Waiting {
        var batch: PushBatch
        var callers: [UnsafeContinuation<PushAnswer, any Error>] = []
    }

    private let redis: RedisClient
    private let prefix: String
    private var waiting: [PushBatch.Group: Waiting] = [:]

    init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix
    }

    func enqueue(_ job: PreparedJob, on domain: isolated LoopDomain) async throws -> PushAnswer {
        try await withUnsafeThrowingContinuation { caller in
            if waiting.isEmpty { domain.flushAtEndOfTurn(self) }
            let group = PushBatch.Group(job, .enqueued)
            waiting[group, default: Waiting(batch: PushBatch(group: group))].batch.jobs.append(job)
            waiting[group]?.callers.append(caller)
            if waiting[group]?.callers.count == PushBatch.limit { send(group, on: domain) }
        }
    }

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {}

    func flush(on domain: isolated LoopDomain) {
        for group in waiting.keys { send(group, on: domain) }
    }

    private func send(_ group: PushBatch.Group, on domain: isolated LoopDomain) {
        guard let sent = waiting.removeValue(forKey: group) else { return }
        let (redis, prefix) = (redis, prefix)
        domain.loop.spawnImmediately {
            do {
                let answers = try await sent.batch.answers(from: redis, prefix)
                for (caller, answer) in zip(sent.callers, answers) { caller.resume(returning: answer) }
            } catch {
                for caller in sent.callers { caller.resume(throwing: error) }
            }
        }
    }
}
