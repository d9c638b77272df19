import Postgres
import Redis
import Runtime
import Testing

@testable import Queue

/// What operators do, what schedulers do, and what happens to Redis.
extension ModelPlay {
    private func randomJob(_ isChosen: (ModelJob) -> Bool) -> ModelJob? {
        order.filter { jobs[$0].map(isChosen) ?? false }.randomElement(using: &seed).flatMap { jobs[$0] }
    }

    func cancel() async throws {
        guard let job = randomJob(\.isLive) else { return }
        if job.isDurable {
            try await durable.cancel([(job.id, job.queue)])
            await durable.pusher.untilIdle()
            noteRowEnd(of: job.id, as: .cancelled)
            noteCancelled(job)
        } else {
            let isCancelled = try await yard.cancel(job.id, in: job.queue) == 1
            #expect(isCancelled == (job.state == .scheduled), "\(job)")
            noteCancelled(job)
        }
    }

    private func noteCancelled(_ job: ModelJob) {
        switch job.state {
        case .scheduled:
            books[job.queue]?.cancelled += 1
            end(job.id)
        case .remote: end(job.id)
        default: jobs[job.id]?.isUnwanted = true
        }
    }

    func cancelBatch() async throws {
        guard let place = batches.indices.filter({ !batches[$0].hasSucceeded }).randomElement(using: &seed) else {
            return
        }
        let batch = batches[place]
        _ = try await Batches(durable).cancel(batch.id)
        await durable.pusher.untilIdle()
        batches[place].isCancelled = true
        for id in batch.members.sorted(by: { "\($0)" < "\($1)" }) {
            guard let job = jobs[id] else { continue }
            noteRowEnd(of: id, as: .cancelled)
            if job.isLive { noteCancelled(job) }
        }
    }

    /// Only what waits in Redis for its time can be moved.
    func reschedule() async throws {
        guard let job = randomJob({ $0.isLive && $0.state != .remote }) else { return }
        let isSoon = Bool.random(using: &seed)
        let answer = try await yard.reschedule(job.id, in: job.queue, to: isSoon ? .now : .now + .hours(2))
        #expect(answer == (job.state == .scheduled ? 1 : 0), "\(job)")
        guard job.state == .scheduled, isSoon else { return }
        try await promote(job.queue)
        jobs[job.id]?.state = .waiting
    }

    /// The time of what PostgreSQL alone has has come.
    func arrive() async throws {
        if let job = randomJob({ $0.state == .remote }) { try await arrive(job) }
    }

    func arrive(_ job: ModelJob) async throws {
        try await database.run("update outbox set run_at = null, push_at = now() where id = \(job.id)")
        while try await relay.pushDue() {}
        jobs[job.id]?.state = .waiting
        jobs[job.id]?.isRowLater = false
        books[job.queue]?.entered += 1
    }

    func archive() async throws {
        try await archive(Self.queues.randomElement(using: &seed) ?? Plain.queue)
    }

    func archive(_ queue: QueueName) async throws {
        while try await archivist.archive(queue) > 0 {}
        await durable.pusher.untilIdle()
        for id in order {
            guard let job = jobs[id], job.queue == queue, job.state == .dead(isStored: false) else { continue }
            // Whoever cancelled a batch ended its dead members' rows as well: they leave no letter.
            jobs[id]?.state = job.isDurable && !job.hasRow ? .over : .dead(isStored: true)
            noteRowEnd(of: id, as: .dead)
        }
    }

    /// A dead job begins anew, now a durable one; another may have its unique key by now and stands for it.
    func retry() async throws {
        guard let job = randomJob({ $0.state == .dead(isStored: true) && ($0.isDurable || !$0.wish.isDebounced) })
        else { return }
        let owner = owner(of: job.wish, isDurable: true)
        let letter: Int64 = try await database.one(
            "select id from dead_letters where job_id = \(job.id) and retried_at is null")
        #expect(try await DeadLetters(durable).retry([letter]) == 1)
        await durable.pusher.untilIdle()
        jobs[job.id]?.isDurable = true
        jobs[job.id]?.hasRow = true
        jobs[job.id]?.isRowLater = false
        reopen(job)
        guard owner == nil else {
            end(job.id)
            return noteRowEnd(of: job.id, as: .done)
        }
        jobs[job.id]?.state = .waiting
        if let claim = jobs[job.id]?.claim { owners[claim] = job.id }
        books[job.queue]?.entered += 1
    }

    private func reopen(_ job: ModelJob) {
        if let chain = job.chain, chains[chain].stoppedBy == job.id { chains[chain].stoppedBy = nil }
        guard let batch = job.batch else { return }
        batches[batch].failed.remove(job.id)
        if batches[batch].isCancelled { jobs[job.id]?.batch = nil } else { batches[batch].members.insert(job.id) }
    }

    func pause() async throws {
        let queue = Self.queues.randomElement(using: &seed) ?? Plain.queue
        try await yard.control(queue, ["paused": Bool.random(using: &seed) ? "1" : ""])
    }

    // MARK: Redis loses all it has

    func flush() async throws {
        // A dead job gave up its unique key, and its row lives until it is stored: pushed again it would have the key
        // before a younger one, which then waits. That is told elsewhere.
        for queue in Self.queues { try await archive(queue) }
        try await yard.redis.forgetAll(under: yard.queue.prefix)
        try await checkRefusals()
        for id in order { noteFlush(of: id) }
        try await relay.checkEpochs()
        for queue in Self.queues {
            let live = jobs.values.filter { $0.queue == queue && $0.hasRow && $0.state != .remote }
            books[queue] = ModelBooks()
            books[queue]?.entered = live.count
            for _ in 0..<2 { try await begin(in: queue) }
        }
    }

    /// Whatever workers say of jobs that they took before is not heard.
    private func checkRefusals() async throws {
        for (name, worker) in workers {
            let taken = inFlight[name]
            await #expect(throws: RedisError.self) { try await worker.fetch(1, finished: taken?.slots ?? []) }
            if let taken { await #expect(throws: RedisError.self) { try await worker.settle(taken) } }
        }
        workers = [:]
        inFlight = [:]
    }

    private func noteFlush(of id: JobID) {
        guard let job = jobs[id], job.state != .over, job.state != .remote, job.state != .dead(isStored: true) else {
            return
        }
        end(id, job.hasRow ? (job.isRowLater ? .scheduled : .waiting) : .over)
        if job.hasRow, let claim = job.claim { owners[claim] = id }
    }
}
