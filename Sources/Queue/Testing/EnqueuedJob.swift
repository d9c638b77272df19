import JSON
import Queue
import Redis
import Runtime

/// A job that waits in Redis, as a test wants to see it.
package struct EnqueuedJob<Payload: Job>: Sendable {
    package let id: JobID
    package let job: Payload
    package let key: String?
    package let priority: Priority
    /// Not before then; nil when it is ready.
    package let runAt: Timestamp?
    package let expiresAt: Timestamp?
    package let isUnique: Bool
    package let isDurable: Bool
    package let failedAttempts: Int
}

extension Rehearsal {
    /// The jobs of one kind that wait, ready ones first, each list in its order.
    package func enqueued<J: Job>(_ kind: J.Type) async throws -> [EnqueuedJob<J>] {
        var found: [EnqueuedJob<J>] = []
        let keys = client.keys(of: J.queue)
        for envelope in try await readyEnvelopes(keys) where envelope.kind == J.kind {
            found.append(try EnqueuedJob(envelope, runAt: nil))
        }
        let due = try await client.redis.call("ZRANGE", keys.due, 0, -1, "WITHSCORES").expectArray()
        for place in stride(from: 0, to: due.count - 1, by: 2) {
            guard let id = due[place].bytes, let time = due[place + 1].int,
                let bytes = try await client.redis.call("HGET", keys.dueEnvelopes, id).bytes,
                let envelope = EnvelopeView(bytes), envelope.kind == J.kind
            else { continue }
            found.append(try EnqueuedJob(envelope, runAt: Timestamp(milliseconds: Int64(time))))
        }
        return found
    }

    private func readyEnvelopes(_ keys: QueueKeys) async throws -> [EnvelopeView] {
        var lists = Priority.allCases.map { keys.ready($0) }
        for key in try await client.redis.call("ZRANGE", keys.keyRing, 0, -1).expectArray() {
            if let name = key.string { lists.append(keys.keyList(name)) }
        }
        var found: [EnvelopeView] = []
        for list in lists {
            let elements = try await client.redis.call("LRANGE", list, 0, -1).expectArray()
            found += elements.reversed().compactMap { $0.bytes.flatMap(EnvelopeView.init) }
        }
        return found
    }
}

extension EnqueuedJob {
    fileprivate init(_ envelope: EnvelopeView, runAt: Timestamp?) throws {
        id = envelope.id
        job = try envelope.payload.withUnsafeBytes { try JSONCoder.decode(Payload.self, from: $0) }
        key = envelope.key
        priority = envelope.priority
        self.runAt = runAt
        expiresAt = envelope.options.expiresAt
        isUnique = envelope.uniqueDigest != nil
        isDurable = envelope.attributes.contains(.durable)
        failedAttempts = Int(envelope.attempts)
    }
}
