import Postgres
import Runtime
import Synchronization

/// Pushes what was committed: whatever gathers while one push is under way goes out with the next.
final class Pusher: Sendable {
    /// Jobs of one commit.
    struct Delivery: Sendable {
        let jobs: [PreparedJob]
        var ticket: UnpushedJobs.Ticket?
        /// Whether the rows say "not pushed" until we say otherwise.
        var isHeldBack = false
    }

    private struct State {
        var waiting: [Delivery] = []
        var jobs = 0
        var isRunning = false
        /// After a failure new rows are better left to the relay for a while.
        var congestedUntil = MonotonicTime(nanoseconds: 0)
        var idle: [UnsafeContinuation<Void, Never>] = []
    }

    private static let largestPush = 2000
    private static let largestBacklog = 20_000
    private static let rest = Duration.seconds(1)

    let unpushed = UnpushedJobs()
    private let client: QueueClient
    private let database: Database
    let epochs: EpochKeeper
    private let loops: LoopGroup
    private let logger: Logger
    private let state = Mutex(State())
    private let complaints = Complaints()

    init(client: QueueClient, database: Database, loops: LoopGroup, logger: Logger) {
        self.client = client
        self.database = database
        self.loops = loops
        self.logger = logger
        epochs = EpochKeeper(client: client, database: database)
    }

    /// Whether new rows should be left to the relay from the start.
    var isCongested: Bool {
        state.withLock { $0.jobs > Self.largestBacklog || MonotonicTime.now < $0.congestedUntil }
    }

    /// Takes jobs over; they will be pushed, or left to the relay. Returns at once.
    func deliver(_ delivery: Delivery) {
        guard !delivery.jobs.isEmpty else {
            if let ticket = delivery.ticket { unpushed.close([ticket]) }
            return
        }
        let mustStart = state.withLock { state in
            state.waiting.append(delivery)
            state.jobs += delivery.jobs.count
            defer { state.isRunning = true }
            return !state.isRunning
        }
        // A task of its own: the caller's may be cancelled.
        if mustStart { loops.next().spawn { await self.drain() } }
    }

    /// Returns when nothing waits.
    func untilIdle() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isIdle = state.withLock { state in
                if state.isRunning { state.idle.append(continuation) }
                return !state.isRunning
            }
            if isIdle { continuation.resume() }
        }
    }

    // MARK: Draining

    private func drain() async {
        while let deliveries = next() {
            await push(deliveries)
            unpushed.close(deliveries.compactMap(\.ticket))
        }
    }

    private func next() -> [Delivery]? {
        let (deliveries, idle) = state.withLock { state -> ([Delivery]?, [UnsafeContinuation<Void, Never>]) in
            var jobs = 0
            var count = 0
            while count < state.waiting.count, count == 0 || jobs + state.waiting[count].jobs.count <= Self.largestPush
            {
                jobs += state.waiting[count].jobs.count
                count += 1
            }
            guard count > 0 else {
                state.isRunning = false
                return (nil, exchange(&state.idle, with: []))
            }
            state.jobs -= jobs
            let taken = Array(state.waiting[..<count])
            state.waiting.removeFirst(count)
            return (taken, [])
        }
        for continuation in idle { continuation.resume() }
        return deliveries
    }

    private func push(_ deliveries: [Delivery]) async {
        var byQueue: [QueueName: [PreparedJob]] = [:]
        for job in deliveries.lazy.flatMap(\.jobs) { byQueue[job.queue, default: []].append(job) }
        let heldBack = Set(deliveries.lazy.filter(\.isHeldBack).flatMap(\.jobs).map(\.id))
        guard byQueue.count > 1 else {
            for (queue, jobs) in byQueue { await push(jobs, to: queue, heldBack) }
            return
        }
        await withTaskGroup { group in
            for (queue, jobs) in byQueue { group.addTask { await self.push(jobs, to: queue, heldBack) } }
        }
    }

    private func push(_ jobs: [PreparedJob], to queue: QueueName, _ heldBack: Set<JobID>) async {
        do {
            await epochs.establish(queue)
            let answers = try await client.push(jobs, counting: .enqueued)
            if let lasted = complaints.end(queue.name) {
                logger.info("jobs are pushed again", ["queue": "\(queue)", "after": .duration(lasted)])
            }
            await settle(jobs, answers, heldBack)
        } catch {
            if complaints.isNews(queue.name) {
                logger.warning("could not push jobs; the relay will", ["queue": "\(queue)", "error": .error(error)])
            }
            state.withLock { $0.congestedUntil = .now + Self.rest }
            await untilDone { try await Outbox.holdBack(jobs.map(\.id), on: self.database) }
        }
    }

    private func settle(_ jobs: [PreparedJob], _ answers: [PushAnswer], _ heldBack: Set<JobID>) async {
        let superseded = PushAnswer.superseded(jobs, answers)
        if !superseded.isEmpty {
            await untilDone { self.deliverNext(try await Outbox.finish(superseded, as: .duplicate, on: self.database)) }
        }
        guard !heldBack.isEmpty else { return }
        let pushed = jobs.map(\.id).filter(heldBack.contains)
        // Should this fail, the relay pushes them once more, which does no harm.
        if !pushed.isEmpty { try? await Outbox.markPushed(pushed, on: database) }
    }

    /// What followed from a job's end, and lies in the outbox as not pushed yet.
    func deliverNext(_ next: [StoredJob]) {
        guard !next.isEmpty else { return }
        deliver(Delivery(jobs: next.compactMap(\.job), isHeldBack: true))
    }

    /// Tries until PostgreSQL does it; as long as it does not, it takes no new jobs either.
    private func untilDone(_ body: () async throws -> Void) async {
        for attempt in 1... {
            do { return try await body() } catch let error as PostgresError where error.kind == .closed { return } catch
            {
                if complaints.isNews("") {
                    logger.warning(
                        "could not note what became of jobs", ["attempt": .int(attempt), "error": .error(error)])
                }
                try? await Task.sleep(for: Self.rest)
            }
        }
    }
}

extension PushAnswer {
    /// The jobs that shall not run, because of others with the same unique key.
    static func superseded(_ jobs: [PreparedJob], _ answers: [PushAnswer]) -> [JobID] {
        zip(jobs, answers).compactMap { job, answer in
            switch answer {
            case .taken: nil
            case .duplicate: job.id
            case .replaced(let earlier, _): earlier
            }
        }
    }
}
