import Runtime

extension CronEntry {
    /// The same where the entry was paused until some moment: what falls into a pause is skipped, whatever the policy.
    func plan(last: Timestamp?, pausedUntil end: Timestamp?, now: Timestamp) -> CronPlan {
        guard let last, let end, end > last else { return plan(last: last, now: now) }
        let paused = plan(last: last, now: min(end, now)).withoutRuns(.paused)
        guard end < now else { return paused }
        var plan = plan(last: paused.plannedThrough, now: now)
        plan.skipped = paused.skipped + plan.skipped
        return plan
    }
}

extension CronPlan {
    /// The same with nothing to enqueue, and one reason for all that is skipped.
    fileprivate func withoutRuns(_ reason: SkippedRun.Reason) -> CronPlan {
        var plan = self
        plan.enqueue = []
        plan.skipped =
            skipped.map { SkippedRun(planned: $0.planned, through: $0.through, reason: reason) }
            + enqueue.map { SkippedRun(planned: $0, through: $0, reason: reason) }
        plan.skipped.sort { $0.planned < $1.planned }
        return plan
    }
}
