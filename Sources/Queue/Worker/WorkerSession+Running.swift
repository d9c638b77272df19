import Crypto
import Redis
import Runtime

/// From an envelope in a slot to a handler that has ended.
extension WorkerSession {
    func start(
        _ taken: [(slot: Int, envelope: RedisBytes)], cancelled: Set<Int>, in lane: QueueLane,
        on domain: isolated LoopDomain
    ) {
        let wallClock = Timestamp.now
        var batches: [String: [RunningJob]] = [:]
        for (slot, bytes) in taken {
            guard let job = accept(bytes, slot: slot, in: lane, isCancelled: cancelled.contains(slot), on: domain)
            else { continue }
            lane.statistics.addWait(job.waited(until: wallClock))
            switch job.handler.work {
            case .one: launch([job], on: domain)
            case .batch: batches[job.handler.kind, default: []].append(job)
            }
        }
        for jobs in batches.values { launch(jobs, on: domain) }
    }

    /// The job, if it is to run now; otherwise it is settled on the spot.
    private func accept(
        _ bytes: RedisBytes, slot: Int, in lane: QueueLane, isCancelled: Bool, on domain: isolated LoopDomain
    ) -> RunningJob? {
        guard let envelope = EnvelopeView(bytes) else {
            refuse(bytes, slot: slot, in: lane, on: domain)
            return nil
        }
        guard let handler = handlers.handler(for: envelope), envelope.schemaVersion <= handler.schemaVersion else {
            park(envelope, slot: slot, in: lane, on: domain)
            return nil
        }
        let job = RunningJob(envelope, handler, in: lane, slot: slot)
        if isCancelled { return endUnrun(job, .cancelled, on: domain) }
        if envelope.hasOptions, let limit = envelope.options.expiresAt, limit < .now {
            return endUnrun(job, .expired, on: domain)
        }
        // After a pause of the whole machine the lease may be over: whoever took the job back runs it.
        guard lane.lease?.isValid == true else {
            lane.settlements.append(RunEnd.interrupted(job).settlement(of: job, slot: slot))
            return nil
        }
        lane.put(job, in: slot)
        occupied += 1
        if envelope.crashes >= options.suspiciousCrashes { lane.suspects += 1 }
        return job
    }

    private func endUnrun(_ job: RunningJob, _ ending: Ending, on domain: isolated LoopDomain) -> RunningJob? {
        job.lane.statistics.add(ending.rawValue)
        logger.info("job ended", job.facts(.zero, ["outcome": .string(ending.rawValue)]))
        settle(job, .ended(ending), on: domain)
        return nil
    }

    /// What cannot be read goes to the dead letters as it is.
    private func refuse(_ bytes: RedisBytes, slot: Int, in lane: QueueLane, on domain: isolated LoopDomain) {
        logger.error("unreadable envelope", ["queue": .string(lane.queue.name), "bytes": .int(bytes.count)])
        let raw = bytes.toArray()
        let padded = raw.dropFirst() + Array(repeating: 0, count: 17)
        let id = padded.prefix(16).withUnsafeBytes { JobID(UUID(bytes: $0)) }
        lane.statistics.add("dead")
        lane.settlements.append(
            QueueLane.Settlement(
                slot: slot, id: id, outcome: "dead", runAt: 0, envelope: raw, hadStoredPayload: false))
    }

    // MARK: Running

    private func launch(_ jobs: [RunningJob], on domain: isolated LoopDomain) {
        let task = Task.immediate(executorPreference: domain.loop) { [self] in
            _ = domain
            await execute(jobs, on: domain)
        }
        for job in jobs where job.lane.jobs.indices.contains(job.slot ?? -1) { job.task = task }
    }

    private func execute(_ jobs: [RunningJob], on domain: isolated LoopDomain) async {
        var runs: [JobRun] = []
        var failure: (any Error)?
        for job in jobs {
            do {
                let run = JobRun(job.envelope, payload: try await payload(of: job), job.handler, parts)
                job.run = run
                try await begin(run)
                runs.append(run)
            } catch { if jobs.count == 1 { failure = error } else { ended(job, error, on: domain) } }
        }
        if let first = runs.first {
            do { try await perform(first, runs) } catch { failure = error }
        }
        for job in jobs where job.run.map({ run in runs.contains { $0 === run } }) ?? (jobs.count == 1) {
            ended(job, job.run?.failure ?? failure, on: domain)
        }
    }

    /// What a run says before its handler begins; nothing for a plain job.
    private func begin(_ run: JobRun) async throws {
        guard run.envelope.isManaged else { return }
        if run.envelope.attributes.contains(.uniqueUntilStarted), let digest = run.envelope.uniqueDigest {
            let base = parts.queue.keys(of: run.handler.queue).base
            _ = try await parts.queue.redis.run(ReleaseScript.script, keys: 1, expecting: 3) { writer in
                writer.append(base)
                writer.append(count: 16) { $0.append(uuid: digest) }
                writer.append(count: 16) { $0.append(uuid: run.id.uuid) }
            }
        }
    }

    /// Handlers see the job's trace, and their log lines its id, wherever they log.
    private func perform(_ first: JobRun, _ runs: [JobRun]) async throws {
        try await Log.$context.withValue(first) {
            guard first.envelope.hasOptions, let trace = first.envelope.options.trace else {
                return try await call(first, runs)
            }
            try await TraceContext.with(trace.child()) { try await call(first, runs) }
        }
    }

    private func call(_ first: JobRun, _ runs: [JobRun]) async throws {
        try await wrapped(first, parts.middleware[...]) {
            switch first.handler.work {
            case .one(let work): try await work(first)
            case .batch(let work): try await work(runs)
            }
        }
    }

    private func wrapped(
        _ run: JobRun, _ middleware: ArraySlice<any JobMiddleware>, _ body: () async throws -> Void
    ) async throws {
        guard let outermost = middleware.first else { return try await body() }
        try await outermost.around(JobContext(run)) { try await wrapped(run, middleware.dropFirst(), body) }
    }

    // MARK: Payloads

    private func payload(of job: RunningJob) async throws -> RedisBytes {
        let attributes = job.envelope.attributes
        guard !attributes.isDisjoint(with: [.payloadStored, .encrypted]) else { return job.envelope.payload }
        var payload = job.envelope.payload
        if attributes.contains(.payloadStored) {
            guard let stored = try await parts.durable?.payloads(of: [job.envelope])[job.id] else {
                throw JobOutcome.fail("its payload is gone")
            }
            payload = RedisBytes(stored)
        }
        guard attributes.contains(.encrypted) else { return payload }
        guard let keys = parts.queue.encoder.sealing else {
            throw JobOutcome.fail("its payload is encrypted and this worker has no keys")
        }
        return RedisBytes(try keys.open(payload.toArray(), context: job.id.description))
    }

    // MARK: Parking

    /// Nobody here knows the kind, or the payload is newer than this worker: another worker may, or a later deploy.
    private func park(_ view: EnvelopeView, slot: Int, in lane: QueueLane, on domain: isolated LoopDomain) {
        var envelope = Envelope(view)
        let since = envelope.options.parkedSince ?? .now
        envelope.options.parkedSince = since
        let waited = Timestamp.now - since
        var facts: LogMetadata = view.logMetadata
        facts["queue"] = .string(lane.queue.name)
        let isOverdue = waited > .days(1)
        if isOverdue {
            envelope.options.add(
                JobFailure(
                    at: .now, attempt: envelope.attempts, type: "parked", message: "no worker knew its kind for a day"))
            logger.error("parked job is dead", facts)
        } else {
            logger.warning("no handler: job parked", facts)
        }
        lane.statistics.add(isOverdue ? "dead" : "parked")
        // A tenth of the time it has waited, so that a fleet half way through a deploy settles it within seconds.
        let delay = min(max(Duration.milliseconds(waited.milliseconds / 10), .seconds(1)), .minutes(5))
        lane.settlements.append(
            QueueLane.Settlement(
                slot: slot, id: view.id, outcome: isOverdue ? "dead" : "parked",
                runAt: (Timestamp.now + delay).milliseconds, envelope: envelope.encoded, hadStoredPayload: false))
    }
}

extension RunningJob {
    /// Microseconds from when it could have begun.
    fileprivate func waited(until now: Timestamp) -> Int64 {
        let since = envelope.hasOptions ? envelope.options.runAt : nil
        return max((now - max(since ?? id.uuid.time, id.uuid.time)).microseconds, 0)
    }
}

extension JobRun: LogContext {
    package var logMetadata: LogMetadata { envelope.logMetadata }
}

extension ByteBuffer {
    mutating func append(uuid: UUID) {
        append(bigEndian: uuid.high)
        append(bigEndian: uuid.low)
    }
}
