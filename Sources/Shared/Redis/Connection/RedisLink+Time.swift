import Runtime

/// When a link has to look at what it waits for. One timer serves all its calls.
struct LinkClock {
    /// How long a task waits before it is made cancellable; until then a cancellation has no effect.
    static let patience = Duration.milliseconds(5)
    private static let patienceNanoseconds = UInt64(patience.nanoseconds)

    /// Since when there has been something to wait for and nothing has come.
    var silentSince = MonotonicTime.now
    /// No call's deadline is earlier. It may be that of a call that is long answered.
    var earliestDeadline = MonotonicTime.distantFuture
    /// Commands below this number were there when we looked last, so their tasks have waited long enough by now.
    var watched = 0
    /// Commands below this number have no tasks that could still be made cancellable.
    var settled = 0
    var timer: TimerToken?
    var timerDeadline = MonotonicTime.distantFuture
    let callNanoseconds: UInt64

    init(callLimit: Duration) { callNanoseconds = UInt64(callLimit.nanoseconds) }

    /// By when to look, for a command that is being written.
    mutating func noteDeadline(_ deadline: MonotonicTime, at now: MonotonicTime) -> MonotonicTime {
        // By their numbers: comparing the times themselves goes through a table of functions.
        if deadline.nanoseconds < earliestDeadline.nanoseconds { earliestDeadline = deadline }
        return MonotonicTime(
            nanoseconds: min(deadline.nanoseconds, now.nanoseconds &+ Self.patienceNanoseconds))
    }

    /// The deadline of a call that begins now; without a limit of its own it gets the usual one.
    func deadline(_ limit: Duration?, from now: MonotonicTime) -> MonotonicTime {
        if let limit { return now + limit }
        return MonotonicTime(nanoseconds: now.nanoseconds &+ callNanoseconds)
    }
}

extension RedisLink {
    /// For how long nothing has come.
    var silence: Duration { .now - clock.silentSince }

    func lookAgain(by deadline: MonotonicTime, on domain: isolated LoopDomain) {
        guard deadline.nanoseconds < clock.timerDeadline.nanoseconds else { return }
        stopLooking(on: domain)
        clock.timerDeadline = deadline
        clock.timer = domain.schedule(after: deadline - .now) {
            self.clock.timer = nil
            self.clock.timerDeadline = .distantFuture
            self.look(on: domain)
        }
    }

    func stopLooking(on domain: isolated LoopDomain) {
        if let timer = exchange(&clock.timer, with: nil) { domain.cancel(timer) }
        clock.timerDeadline = .distantFuture
    }

    private func look(on domain: isolated LoopDomain) {
        let now = MonotonicTime.now
        pending.makeLate(below: clock.watched, on: domain.loop, domain)
        (clock.settled, clock.watched) = (clock.watched, pending.next)
        if clock.earliestDeadline <= now { endOverdueCalls(at: now) }
        guard isOpen, !pending.isEmpty else { return }
        var next = clock.earliestDeadline
        if clock.settled < pending.next { next = min(next, now + LinkClock.patience) }
        if pending.isHeadAbandoned {
            // A late answer is waited for as long as anything comes at all.
            let end = clock.silentSince + options.callLimit
            if end <= now { return endForSilence(on: domain) }
            next = min(next, end)
        }
        lookAgain(by: next, on: domain)
    }

    private func endOverdueCalls(at now: MonotonicTime) {
        let overdue = pending.abandonOverdue(at: now)
        clock.earliestDeadline = pending.earliestDeadline
        meter.timedOut(overdue.count)
        for reply in overdue { reply.sink.fail(.timedOut(maybeExecuted: isSent(reply))) }
    }

    private func endForSilence(on domain: isolated LoopDomain) {
        end(because: .connectionLost(maybeExecuted: true, reason: "silent for \(silence)"), on: domain)
    }
}

extension MonotonicTime {
    @usableFromInline static let distantFuture = MonotonicTime(nanoseconds: .max)
}
