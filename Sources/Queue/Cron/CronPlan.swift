import Runtime

/// What a scheduler has to do for one entry at one moment. Applying it twice is harmless where an occurrence is stored
/// under its planned time.
package struct CronPlan: Hashable, Sendable {
    /// Planned times, earliest first.
    package internal(set) var enqueue: [Timestamp] = []
    /// To be recorded, earliest first.
    package internal(set) var skipped: [SkippedRun] = []
    /// The newest occurrence that was dealt with, or the first start: the `last` of the next plan, to be stored.
    package internal(set) var plannedThrough: Timestamp
    /// When to plan again; nil where nothing comes any more.
    package internal(set) var next: Timestamp?
    /// How far the clock stands before what is already planned: more than zero after it was set back. Until it has caught
    /// up nothing is enqueued, as all that was enqueued before.
    package internal(set) var clockBehind: Duration = .zero
}

/// An occurrence that does not run, and why.
package struct SkippedRun: Hashable, Sendable {
    package let planned: Timestamp
    /// The same, or the newest where one record stands for many: those before the newest thousand are not listed.
    package let through: Timestamp
    package let reason: Reason

    package enum Reason: Hashable, Sendable, CustomStringConvertible {
        /// The entry's policy is to skip.
        case policy
        /// Another run makes up for it.
        case replaced(by: Timestamp)
        /// Older than the policy's `within`.
        case tooOld
        /// Beyond the policy's `limit`.
        case overLimit
        /// An operator had paused the entry.
        case paused

        package var description: String {
            switch self {
            case .policy: "missed, and the entry skips what it missed"
            case .replaced(let run): "missed, and made up for by the run of \(run.rfc3339)"
            case .tooOld: "missed too long ago"
            case .overLimit: "missed, and more were missed than are to run"
            case .paused: "the entry was paused"
            }
        }
    }
}

extension CronEntry {
    /// Occurrences that are late by no more than this were not missed: a new leader takes some seconds.
    package static let punctual = Duration.seconds(30)

    /// - Parameters:
    ///   - last: `plannedThrough` of the plan before; nil at the first start of the entry, or after its expression or zone
    ///     has changed, when nothing counts as missed.
    package func plan(last: Timestamp?, now: Timestamp) -> CronPlan {
        guard let last else { return CronPlan(plannedThrough: now, next: expression.next(after: now, in: zone)) }
        var plan = CronPlan(plannedThrough: last)
        if last <= now {
            plan.settle(due(after: last, through: now), missed: missed, now: now)
        } else {
            plan.clockBehind = last - now
        }
        plan.next = expression.next(after: plan.plannedThrough, in: zone)
        return plan
    }

    /// What is due, listed up to a bound; `unlisted` is older than all of the list.
    fileprivate struct Due {
        var listed: [Timestamp] = []
        var unlisted: ClosedRange<Timestamp>?
    }

    private func due(after last: Timestamp, through now: Timestamp) -> Due {
        let bound = if case .runAll(let limit, _) = missed { min(max(limit, 1000), 10_000) } else { 1000 }
        var due = Due(listed: occurrences(after: last, through: now, atMost: bound + 1))
        guard due.listed.count > bound, let first = due.listed.first else { return due }
        let start = start(after: last, through: now, ofAtMost: bound)
        due.listed = occurrences(after: start, through: now, atMost: bound)
        due.unlisted = first...start
        return due
    }

    /// The earliest whole second after which no more than `bound` occurrences follow until `now`. Halving, as an entry of
    /// every second can have missed millions.
    private func start(after last: Timestamp, through now: Timestamp, ofAtMost bound: Int) -> Timestamp {
        var tooEarly = last.seconds
        var enough = now.seconds
        while enough - tooEarly > 1 {
            let middle = tooEarly + (enough - tooEarly) / 2
            let count = occurrences(after: Timestamp(seconds: middle), through: now, atMost: bound + 1).count
            if count > bound { tooEarly = middle } else { enough = middle }
        }
        return Timestamp(seconds: enough)
    }

    private func occurrences(after start: Timestamp, through now: Timestamp, atMost limit: Int) -> [Timestamp] {
        var found: [Timestamp] = []
        var last = start
        while found.count < limit, let next = expression.next(after: last, in: zone), next <= now {
            found.append(next)
            last = next
        }
        return found
    }
}

extension CronPlan {
    fileprivate mutating func settle(_ due: CronEntry.Due, missed policy: MissedRuns, now: Timestamp) {
        let late = due.listed.prefix { now - $0 > CronEntry.punctual }
        let punctual = due.listed.dropFirst(late.count)
        plannedThrough = due.listed.last ?? plannedThrough
        let made = policy.runs(of: late, before: punctual.first, now: now)
        enqueue = made + punctual
        let reason = policy.reason(from: enqueue)
        if let unlisted = due.unlisted {
            skipped.append(
                SkippedRun(
                    planned: unlisted.lowerBound, through: unlisted.upperBound,
                    reason: reason(now - unlisted.upperBound)))
        }
        skipped += late.dropLast(made.count).map { SkippedRun(planned: $0, through: $0, reason: reason(now - $0)) }
    }
}

extension MissedRuns {
    /// Those of `late` that run; always its newest.
    fileprivate func runs(of late: ArraySlice<Timestamp>, before punctual: Timestamp?, now: Timestamp) -> [Timestamp] {
        switch self {
        case .skip: []
        case .runOnce: punctual == nil ? Array(late.suffix(1)) : []
        case .runAll(let limit, let age): late.suffix(max(limit, 0)).filter { now - $0 <= age }
        }
    }

    /// Of a run that is skipped, given its age and what runs.
    fileprivate func reason(from runs: [Timestamp]) -> (Duration) -> SkippedRun.Reason {
        { age in
            switch self {
            case .skip: .policy
            case .runOnce: runs.first.map { .replaced(by: $0) } ?? .policy
            case .runAll(_, let within): age > within ? .tooOld : .overLimit
            }
        }
    }
}
