import Queue
import Redis
import Runtime

/// A worker of one slot, made of script calls alone.
struct DrainingWorker {
    private let redis: RedisClient
    private let keys: QueueKeys
    private let queue: QueueName
    private let name = "rehearsal-\(String(Entropy.bits(), radix: 36))"

    init(_ client: QueueClient, _ queue: QueueName) async throws {
        redis = client.redis
        keys = client.keys(of: queue)
        self.queue = queue
        _ = try await call(RegisterScript.script, [name, "60000", "0"])
    }

    /// The next job that is ready.
    func take() async throws -> EnvelopeView? {
        let script = queue.style == .plain ? FetchScript.plain : FetchScript.keyed
        let answer = try await call(script, [name, "1", "0", "1", "", "0"]).expectArray()
        guard answer.count > 2, let bytes = answer[2].bytes else { return nil }
        guard let envelope = EnvelopeView(bytes) else {
            throw RedisError.unexpectedReply(wanted: "an envelope", got: "\(bytes.count) other bytes")
        }
        return envelope
    }

    func settle(_ envelope: EnvelopeView, _ outcome: InlineRun.Outcome) async throws {
        let (base, name) = (keys.base, name)
        let answer = try await redis.run(SettleScript.script, keys: 1, expecting: 7) { writer in
            for word in [base, name, "0"] { writer.append(word) }
            writer.append(envelope.bytes[1..<17])
            writer.append(outcome.name)
            writer.append(outcome.runAt.milliseconds)
            writer.append(outcome.envelope)
        }
        guard try answer.expectArray().first?.int == 1 else {
            throw RedisError.unexpectedReply(wanted: "a settled job", got: "another in its slot")
        }
    }

    /// Makes the job that is due next ready at once; answers the time that it waited for.
    func bringForward() async throws -> Timestamp? {
        let first = try await redis.call("ZRANGE", keys.due, 0, 0, "WITHSCORES").expectArray()
        guard first.count == 2, let id = first[0].bytes, let time = first[1].int else { return nil }
        let base = keys.base
        _ = try await redis.run(RescheduleScript.script, keys: 1) { writer in
            writer.append(base)
            writer.append(id)
            writer.append("0")
        }
        return Timestamp(milliseconds: Int64(time))
    }

    func leave() async throws { _ = try await call(UnregisterScript.script, [name, ""]) }

    private func call(_ script: RedisScript, _ words: [String]) async throws -> RedisValue {
        let base = keys.base
        return try await redis.run(script, keys: 1, expecting: words.count + 1) { writer in
            writer.append(base)
            for word in words { writer.append(word) }
        }
    }
}
