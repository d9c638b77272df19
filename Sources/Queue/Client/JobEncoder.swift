import Crypto
import JSON
import Runtime

/// Makes envelopes: payload, options, and what the running task carries (trace, request id).
package struct JobEncoder: Sendable {
    /// Payloads are sealed before they reach Redis, if there are keys.
    package let sealing: SealingKeys?

    package init(sealing: SealingKeys? = nil) { self.sealing = sealing }

    package func prepare<J: Job>(_ job: J, _ options: JobOptions = JobOptions()) throws -> PreparedJob {
        var buffer = ByteBuffer()
        try JSONCoder.encode(job, to: &buffer)
        return try prepare(
            kind: J.kind, schemaVersion: J.schemaVersion, queue: J.queue, priority: options.priority ?? J.priority,
            payload: buffer.toArray(), options)
    }

    /// The same for a kind that is only known by name: what operators enqueue.
    package func prepare(
        kind: String, schemaVersion: UInt8, queue: QueueName, priority: Priority, payload: [UInt8],
        _ options: JobOptions
    ) throws -> PreparedJob {
        guard (1...64).contains(kind.utf8.count) else {
            throw QueueError.invalid(part: "kind", reason: "has to have 1 to 64 bytes")
        }
        var envelope = Envelope(id: .new(), kind: kind, schemaVersion: schemaVersion, payload: payload)
        envelope.priority = priority
        envelope.isTracked = options.isTracked
        if queue.style != .plain { try setKey(options.key ?? "", in: &envelope, queue.style) }
        if let unique = options.unique { setUnique(unique, in: &envelope) }
        if let sealing { seal(&envelope, with: sealing) }
        envelope.options.runAt = options.runAt
        envelope.options.expiresAt = options.expiresAt
        envelope.options.trace = TraceContext.inForce
        if case .string(let id) = Log.metadata["request.id"] {
            envelope.options.requestID = id
        } else {
            envelope.options.requestID = Log.context?.requestID
        }
        return PreparedJob(queue: queue, envelope: envelope, runAt: options.runAt, unique: options.unique)
    }

    private func setKey(_ key: String, in envelope: inout Envelope, _ style: QueueName.Style) throws {
        guard key.utf8.count <= 200 else {
            throw QueueError.invalid(part: "key", reason: "has \(key.utf8.count) bytes, at most 200 are allowed")
        }
        guard !key.utf8.contains(0) else { throw QueueError.invalid(part: "key", reason: "has a zero byte") }
        envelope.key = key
        envelope.isOrdered = style == .ordered
    }

    private func setUnique(_ unique: Uniqueness, in envelope: inout Envelope) {
        let digest = Hash.sha256("\(envelope.kind)\u{0}\(unique.key)")
        let name = digest.withUnsafeBytes { UUID(bytes: UnsafeRawBufferPointer(rebasing: $0[..<16])) }
        envelope.uniqueDigest = UUID(high: name.high, low: name.low & ~1)
        switch unique {
        case .untilStarted: envelope.attributes.insert(.uniqueUntilStarted)
        case .forTime: envelope.attributes.insert(.uniqueForTime)
        case .untilDone, .debounce: break
        }
    }

    private func seal(_ envelope: inout Envelope, with keys: SealingKeys) {
        envelope.payload = keys.seal(envelope.payload, context: envelope.id.description)
        envelope.attributes.insert(.encrypted)
    }
}
