import Postgres
import Runtime
import Synchronization

/// A transaction in which jobs can be enqueued: they commit with its rows, or not at all.
package final class JobTransaction: SQLRunner {
    package let transaction: Transaction
    let queue: DurableQueue
    /// The batch whose member this transaction ends: it may be added to although it is sealed.
    let claimedBatch: BatchID?
    private let next: Mutex<[StoredJob]>
    private let gathered = Mutex<[OutboxRow]>([])
    private let written = Mutex<[Written]>([])

    /// Rows that lie in the outbox, if the transaction commits.
    struct Written: Sendable {
        let jobs: [PreparedJob]
        let writer: Int32
        let ticket: UnpushedJobs.Ticket
    }

    init(_ transaction: Transaction, queue: DurableQueue, claimedBatch: BatchID? = nil, next: [StoredJob] = []) {
        self.transaction = transaction
        self.queue = queue
        self.claimedBatch = claimedBatch
        self.next = Mutex(next)
    }

    package func query(_ statement: SQL, within limit: Duration?) async throws -> Rows {
        try await transaction.query(statement, within: limit)
    }

    /// Runs `body` so that, when it fails, only what it did is undone, its jobs included.
    package func savepoint<Value>(_ body: () async throws -> Value) async throws -> Value {
        let count = gathered.withLock { $0.count }
        do {
            return try await transaction.savepoint(body)
        } catch {
            gathered.withLock { $0.removeLast(max($0.count - count, 0)) }
            throw error
        }
    }

    // MARK: Enqueueing

    @discardableResult
    package func enqueue<J: Job>(_ job: J, _ options: JobOptions = JobOptions()) async throws -> JobID {
        try await enqueue(try queue.client.encoder.prepare(job, options))
    }

    @discardableResult
    package func enqueue<J: Job>(
        _ job: J, after delay: Duration, unique: Uniqueness? = nil, key: String? = nil
    ) async throws -> JobID {
        try await enqueue(job, JobOptions(runAt: .now + delay, unique: unique, key: key))
    }

    /// Many jobs of one kind with the same options.
    @discardableResult
    package func enqueueAll<J: Job>(_ jobs: [J], _ options: JobOptions = JobOptions()) async throws -> [JobID] {
        let prepared = try jobs.map { try queue.client.encoder.prepare($0, options) }
        gather(prepared.map { OutboxRow($0) })
        return prepared.map(\.id)
    }

    @discardableResult
    package func enqueue(_ job: PreparedJob) async throws -> JobID {
        gather([OutboxRow(job)])
        return job.id
    }

    /// They are written with one statement, right before the commit.
    func gather(_ rows: [OutboxRow]) { gathered.withLock { $0 += rows } }

    // MARK: The end

    /// What follows if the transaction commits, and lies in the outbox as not pushed.
    func add(next jobs: [StoredJob]) { next.withLock { $0 += jobs } }

    func takeNext() -> [StoredJob] { next.withLock { exchange(&$0, with: []) } }

    /// Writes the jobs that were gathered.
    func writeJobs() async throws {
        let rows = gathered.withLock { exchange(&$0, with: []) }
        for start in stride(from: 0, to: rows.count, by: 1000) {
            let written = try await queue.write(Array(rows[start..<min(start + 1000, rows.count)]), on: transaction)
            if let written { self.written.withLock { $0.append(written) } }
        }
    }

    /// What has to be pushed if the transaction has committed. Called once.
    func takeWritten() -> [Written] { written.withLock { exchange(&$0, with: []) } }
}
