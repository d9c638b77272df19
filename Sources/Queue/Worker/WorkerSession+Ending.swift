import Redis
import Runtime

/// Time limits of jobs, and the end of the session.
extension WorkerSession {
    /// Looks ten times a second whether a job runs for too long: cheaper than a timer for each.
    func watch(on domain: isolated LoopDomain) {
        guard state != .stopped else { return }
        let now = MonotonicTime.now
        for lane in lanes {
            for job in lane.runningJobs { check(job, at: now, on: domain) }
        }
        // A lease that had run out locally may have been renewed since.
        needsFlush(on: domain)
        domain.schedule(after: .milliseconds(100)) { [weak self] in self?.watch(on: domain) }
    }

    private func check(_ job: RunningJob, at now: MonotonicTime, on domain: isolated LoopDomain) {
        if let cancelledAt = job.cancelledAt {
            if now - cancelledAt > options.abandonGrace { abandon(job, on: domain) }
        } else if now - job.started > job.handler.timeLimit {
            job.cancel(because: .timeLimit)
        }
    }

    /// The handler does not come back: the job is settled without it, and its place stays taken until it does.
    private func abandon(_ job: RunningJob, on domain: isolated LoopDomain) {
        logger.error("handler abandoned", job.facts(MonotonicTime.now - job.started))
        job.run.noteAbandoned()
        job.isBeingAbandoned = true
        ended(job, CancellationError(), on: domain)
        job.isAbandoned = true
        occupied += 1
        if job.batch?.abandonOne() ?? true { abandoned += 1 }
        if abandoned >= options.abandonLimit { onExhausted() }
    }

    func handlerCameBack(_ job: RunningJob, on domain: isolated LoopDomain) {
        vacate(job.run.place)
        occupied -= 1
        if job.batch?.oneCameBack() ?? true { abandoned -= 1 }
        needsFlush(on: domain)
    }

    /// Takes nothing more; what runs goes on.
    func quiet(on domain: isolated LoopDomain) {
        guard state == .running || state == .starting else { return }
        state = .quiet
        for lane in lanes { passOn(lane, on: domain) }
        needsFlush(on: domain)
    }

    /// Ends in order: waits for what runs, cancels what takes too long, gives back what does not even end then. None of
    /// it costs an attempt.
    func drain(on domain: isolated LoopDomain) async {
        quiet(on: domain)
        if await !becomesIdle(within: options.drainGrace, on: domain) {
            for lane in lanes {
                for job in lane.runningJobs { job.cancel(because: .draining) }
            }
            let grace = options.abandonGrace + .milliseconds(500)
            if await !becomesIdle(within: grace, on: domain) { await giveBackRest(on: domain) }
        }
        await unregister(on: domain)
        state = .stopped
        connection?.close()
        connection = nil
    }

    /// Jobs that have ended, but whose rows the outbox still has: as PostgreSQL does not answer, they will run again.
    private func giveBackRest(on domain: isolated LoopDomain) async {
        for lane in lanes {
            for (slot, job) in lane.takeAll() {
                lane.settle(RunEnd.interrupted(job).settlement(of: job, slot: slot))
            }
        }
        needsFlush(on: domain)
        _ = await becomesIdle(within: .milliseconds(500), on: domain)
    }
}
