import Redis
import Runtime

/// Sleeping and waking: no queue is asked again and again.
extension WorkerSession {
    /// A call that was heard while the fetch was on its way may be for what came after it.
    func noteEmpty(_ fetch: QueueLane.Fetch, _ lane: QueueLane, hint: Int, on domain: isolated LoopDomain) {
        if state != .running { return passOn(lane, on: domain) }
        guard lane.wakes == fetch.wakes else { return }
        // Who could not take a suspect looks again soon: nobody tells when the place for one is free.
        sleep(lane, hint: hint, limit: fetch.holdsSuspectSeat ? options.safetyPoll : .milliseconds(100), on: domain)
    }

    /// Woken by whatever makes work runnable; the timer is for what is due, and a net for a wake-up that got lost.
    private func sleep(_ lane: QueueLane, hint: Int, limit: Duration, on domain: isolated LoopDomain) {
        lane.isAsleep = true
        if let timer = lane.wakeTimer { domain.cancel(timer) }
        let delay = hint < 0 ? limit : min(.milliseconds(hint), limit)
        lane.wakeTimer = domain.schedule(after: delay) { [self] in
            wake(lane, on: domain)
        }
    }

    func wake(_ lane: QueueLane, on domain: isolated LoopDomain) {
        if let timer = lane.wakeTimer { domain.cancel(timer) }
        lane.wakeTimer = nil
        lane.isAsleep = false
        needsFlush(on: domain)
    }

    /// A message on the wake channel names the queue by its base. What was sent before we listened is not known, so
    /// whoever begins to listen looks at once.
    func heard(_ event: RedisSubscriptionEvent, on domain: isolated LoopDomain) {
        switch event {
        case .subscribed: for lane in lanes { called(lane, on: domain) }
        case .message(_, let base): for lane in lanes where base.string == lane.keys.base { called(lane, on: domain) }
        case .interrupted: break
        }
    }

    private func called(_ lane: QueueLane, on domain: isolated LoopDomain) {
        lane.wakes += 1
        if state != .running || occupied >= options.concurrency { passOn(lane, on: domain) }
        wake(lane, on: domain)
    }

    /// We take nothing now: whoever sleeps in another process is to look.
    func passOn(_ lane: QueueLane, on domain: isolated LoopDomain) {
        guard let connection, lane.isRegistered else { return }
        connection.send(on: domain) { writer in
            LeaveIdleScript.script.begin(keys: 1, expecting: 2, to: &writer)
            writer.append(lane.keys.base)
            writer.append(wakeChannel)
        } then: { _ in
        }
    }
}
