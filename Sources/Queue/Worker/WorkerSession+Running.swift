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
        let now = MonotonicTime.now
        // After a pause of the whole machine the lease may be over: whoever took the jobs back runs them.
        let isOurs = lane.lease?.isValid == true
        // What a fetch still brought goes back at once when nothing more is to be taken.
        let mayRun = isOurs && state != .quiet
        var batches: [String: [JobRun]] = [:]
        for (slot, bytes) in taken {
            let job = accept(
                bytes, slot: slot, in: lane, isCancelled: cancelled.contains(slot), mayRun, now, on: domain)
            guard let job, let kind = job.kind else { continue }
            tallies[kind].begin(afterWaiting: job.waited(until: wallClock))
            if job.envelope.claims.contains(.tracked) { showLeased(job, on: domain) }
            switch job.handler.work {
            case .one: toLaunch.append(.one(job.run))
            case .batch: batches[job.handler.kind, default: []].append(job.run)
            }
        }
        for runs in batches.values {
            let shared = runs.count > 1 ? SharedTask() : nil
            for run in runs { places[run.place]?.batch = shared }
            toLaunch.append(.batch(runs))
        }
        launch(on: domain)
    }

    /// The job, if it is to run now; otherwise it is settled on the spot.
    private func accept(
        _ bytes: RedisBytes, slot: Int, in lane: QueueLane, isCancelled: Bool, _ mayRun: Bool, _ now: MonotonicTime,
        on domain: isolated LoopDomain
    ) -> RunningJob? {
        guard let envelope = EnvelopeView(bytes) else {
            refuse(bytes, slot: slot, in: lane, on: domain)
            return nil
        }
        if parts.durable == nil, envelope.attributes.contains(.durable) {
            park(envelope, slot: slot, in: lane, because: .noDatabase)
            return nil
        }
        let named = handlers.place(for: envelope)
        let kind = named.flatMap { envelope.schemaVersion <= handlers.all[$0].schemaVersion ? $0 : nil }
        let ending = isCancelled ? Ending.cancelled : envelope.isExpired ? .expired : nil
        if kind == nil, ending == nil {
            park(envelope, slot: slot, in: lane, because: named == nil ? .unknownKind : .newerSchema)
            return nil
        }
        let handler = kind.map { handlers.all[$0] } ?? AnyHandler(strangerIn: lane.queue)
        let run = JobRun(envelope, handler, parts, place: freePlace(), started: now)
        let job = RunningJob(run, kind: kind, in: lane, slot: slot)
        lane.put(job, in: slot)
        if let ending { return endUnrun(job, ending, on: domain) }
        guard mayRun else {
            vacate(run.place)
            settle(job, RunEnd.interrupted(job), on: domain)
            return nil
        }
        places[run.place] = job
        occupied += 1
        if envelope.crashes >= options.suspiciousCrashes {
            job.holdsSuspectSeat = exchange(&lane.suspectSeatAtHand, with: false) || parts.suspectSeat.take()
        }
        return job
    }

    private func endUnrun(_ job: RunningJob, _ ending: Ending, on domain: isolated LoopDomain) -> RunningJob? {
        vacate(job.run.place)
        if let kind = job.kind {
            tallies[kind].add(JobTally.Event(ending))
        } else {
            job.lane.strangers.add(JobTally.Event(ending))
        }
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
        lane.strangers.add(.dead)
        lane.settle(
            QueueLane.Settlement(
                slot: slot, id: id, outcome: "garbage", runAt: 0, envelope: raw, hadStoredPayload: false))
    }

    // MARK: Running

    /// Starts all that was accepted. One task runs job after job for as long as none of them waits for anything; when
    /// one does, it keeps that task, and the rest goes on in another.
    private func launch(on domain: isolated LoopDomain) {
        guard let anchor else { return }
        while !toLaunch.isEmpty {
            runners += 1
            let runner = JobRunner(number: runners, session: anchor)
            activeRunner = runner.number
            let task = domain.loop.spawnImmediately { await runner.run() }
            activeRunner = 0
            for run in launched?.runs ?? [] { places[run.place]?.task = task }
            launched = nil
        }
    }

    /// What a runner asks when it has ended one piece of work, or is about to begin.
    func next(
        after work: JobRunner.Work?, _ error: (any Error)?, runner: Int, on domain: isolated LoopDomain
    ) -> JobRunner.Work? {
        for run in work?.runs ?? [] {
            if let job = places[run.place], job.run === run { ended(job, run.failure ?? error, on: domain) }
        }
        launched = nil
        // A runner that has waited has lost its turn: the rest is done by another.
        guard activeRunner == runner, let next = toLaunch.popFirst() else { return nil }
        launched = next
        FaultPoint.handlerStarting.pass()
        return next
    }

    /// To whoever tracks it; nothing waits for that.
    private func showLeased(_ job: RunningJob, on domain: isolated LoopDomain) {
        guard let connection, let lease = job.lane.lease else { return }
        connection.send(on: domain) { writer in
            TrackScript.script.begin(keys: 1, expecting: 5, to: &writer)
            writer.append(job.lane.keys.base)
            job.envelope.append(idTo: &writer)
            writer.append(lease.incarnation)
            writer.append("state")
            writer.append("leased")
        } then: { _ in
        }
    }

    // MARK: Parking

    private func park(_ view: EnvelopeView, slot: Int, in lane: QueueLane, because obstacle: Obstacle) {
        let parking = Parking(view, obstacle)
        var facts: LogMetadata = view.logMetadata
        facts["queue"] = .string(lane.queue.name)
        facts["reason"] = .string(obstacle.reason)
        if parking.isOverdue {
            logger.error("parked job is dead", facts)
        } else {
            logger.warning("job parked", facts)
        }
        lane.strangers.add(parking.isOverdue ? .dead : .parked)
        lane.settle(
            QueueLane.Settlement(
                slot: slot, id: view.id, outcome: parking.isOverdue ? "dead" : "parked",
                runAt: parking.comesAgain.milliseconds, envelope: parking.envelope.encoded, hadStoredPayload: false))
    }
}

extension EnvelopeView {
    fileprivate var isExpired: Bool {
        guard hasOptions, let limit = options.expiresAt else { return false }
        return limit < .now
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
    package var tracer: Tracer? { parts.tracer }
}

extension ByteBuffer {
    mutating func append(uuid: UUID) {
        append(bigEndian: uuid.high)
        append(bigEndian: uuid.low)
    }
}
