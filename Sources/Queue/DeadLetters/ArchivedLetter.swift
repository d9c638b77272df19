import Crypto
import Redis
import Runtime

/// What lay in a queue's list of the dead, on its way into the table.
struct ArchivedLetter: Sendable {
    let bytes: RedisBytes
    /// Nil for what is no envelope.
    let envelope: EnvelopeView?
    let job: JobID
    let options: EnvelopeOptions
    let errorType: String
    let lastError: String

    /// So many crashes are a job's death, whatever its errors were.
    init(_ bytes: RedisBytes, in queue: QueueName, mortalCrashes: Int) {
        self.bytes = bytes
        envelope = EnvelopeView(bytes)
        options = envelope?.options ?? EnvelopeOptions()
        guard let envelope else {
            // Named by its queue and content: what is stored twice is stored once.
            let digest = Hash.sha256(Array(queue.name.utf8) + [0] + bytes.toArray())
            job = JobID(digest.withUnsafeBytes { UUID(bytes: UnsafeRawBufferPointer(rebasing: $0[..<16])) })
            (errorType, lastError) = ("Unreadable", "no envelope that can be read: \(bytes.count) bytes")
            return
        }
        job = envelope.id
        let times = Int(envelope.crashes)
        if times >= mortalCrashes || times > 0 && options.errors.isEmpty {
            (errorType, lastError) = ("Crash", "killed its worker \(times) times")
        } else {
            errorType = options.errors.last?.type ?? "Unknown"
            lastError = options.errors.last?.message ?? "it was declared dead without an error"
        }
    }

    var isDurable: Bool { envelope?.attributes.contains(.durable) ?? false }
    var hasStoredPayload: Bool { envelope?.attributes.contains(.payloadStored) ?? false }
    var kind: String { envelope?.kind ?? "" }
    var death: Int16 { Int16(options.deaths) + 1 }
    var fingerprint: String { Fingerprint.of(kind: kind, errorType: errorType, message: lastError) }
    var enqueuedAt: Timestamp { envelope == nil ? .now : job.uuid.time }
}

/// Cuts what was stored from the list of the dead, unless another archivist has done so.
///
///     KEYS  1 base
///     ARGV  1 how many   2 the first of them   3 the last of them
///     answer: how many were cut
enum TrimDeadScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + """
            local list,n=b..'dead',tonumber(ARGV[1])
            if redis.call('LINDEX',list,0)~=ARGV[2] or redis.call('LINDEX',list,n-1)~=ARGV[3] then return 0 end
            redis.call('LTRIM',list,n,-1)
            return n
            """)
}
