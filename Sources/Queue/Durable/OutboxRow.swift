import Postgres
import Redis
import Runtime

/// A durable job, as it stands in the outbox.
struct OutboxRow: Sendable {
    /// What goes into Redis.
    let job: PreparedJob
    /// What is too large for Redis.
    let payload: [UInt8]?
    var batch: BatchID?
    var chain: ChainID?

    /// Larger payloads stay in PostgreSQL.
    static let largestInlinePayload = 8192
    /// Jobs that are due later than that stay in PostgreSQL alone.
    static let horizon = Duration.minutes(1)

    init(_ prepared: PreparedJob, batch: BatchID? = nil, chain: ChainID? = nil) {
        var job = prepared
        job.envelope.becomeDurable()
        if job.envelope.payload.count > Self.largestInlinePayload {
            payload = job.envelope.payload
            job.envelope.payload = []
            job.envelope.attributes.insert(.payloadStored)
        } else {
            payload = nil
        }
        self.job = job
        self.batch = batch
        self.chain = chain
    }

    /// A job that waits for others cannot have taken its unique key.
    static func checkMayWait(_ jobs: some Collection<PreparedJob>) throws(QueueError) {
        guard jobs.allSatisfy({ $0.unique == nil }) else {
            throw .invalid(part: "unique key", reason: "is not possible for a job that waits for others")
        }
    }

    /// Whether it has to wait in PostgreSQL. A unique job never does: pushing it is what takes its key.
    func isFarAhead(at now: Timestamp) -> Bool {
        guard let runAt = job.runAt, job.unique == nil else { return false }
        return runAt > now + Self.horizon
    }
}

extension Uniqueness {
    /// As the outbox keeps it; the key itself is in the envelope as a digest.
    var claim: Int64 {
        switch self {
        case .untilStarted, .untilDone: 0
        case .forTime(_, let span): max(span.milliseconds, 1)
        case .debounce: -1
        }
    }

    init(claim: Int64, attributes: Envelope.Attributes) {
        switch claim {
        case -1: self = .debounce("")
        case 0: self = attributes.contains(.uniqueUntilStarted) ? .untilStarted("") : .untilDone("")
        default: self = .forTime("", .milliseconds(claim))
        }
    }
}

/// A row as it comes back, ready to be pushed.
struct StoredJob: RowDecodable {
    let id: JobID
    /// Nil when the envelope cannot be read.
    let job: PreparedJob?
    /// Whether it may have been pushed before.
    let wasPushed: Bool

    init(row: Row) throws(RowError) {
        id = try row["id"]
        let writer: Int32? = try row["writer"]
        wasPushed = writer != nil
        let claim: Int64? = try row["claim"]
        let runAt: Timestamp? = try row["run_at"]
        let queue = QueueName(checking: try row["queue"], QueueName.Style(sql: try row["style"]))
        let view = EnvelopeView(RedisBytes(try row["envelope"] as [UInt8]))
        guard let queue, let view else {
            job = nil
            return
        }
        let attributes = view.attributes
        job = PreparedJob(
            queue: queue, envelope: Envelope(view), runAt: runAt.flatMap { $0 > .now ? $0 : nil },
            unique: claim.map { Uniqueness(claim: $0, attributes: attributes) })
    }
}

extension QueueName.Style {
    /// As the tables keep it.
    init(sql number: Int16) { self = QueueName.Style(rawValue: UInt8(clamping: number)) ?? .plain }

    var sql: Int16 { Int16(rawValue) }
}
