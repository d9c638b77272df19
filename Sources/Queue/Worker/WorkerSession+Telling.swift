import Runtime

/// What is told of each run: a line of the log, and its part in the counts of its kind.
extension WorkerSession {
    func tell(_ end: RunEnd, of job: RunningJob) {
        let span = MonotonicTime.now - job.started
        if let kind = job.kind {
            tallies[kind].end(after: span.microseconds)
            tallies[kind].add(end.event)
            if end.isFailure { tallies[kind].add(.failed) }
            if job.isBeingAbandoned { tallies[kind].add(.abandoned) }
        }
        log(end, of: job, after: span)
    }

    /// A success is the path that is taken; of the rest somebody wants to know.
    private func log(_ end: RunEnd, of job: RunningJob, after span: Duration) {
        switch end {
        case .ended(.done): logger.debug("job done", job.facts(span))
        case .ended(let ending): logger.info("job ended", job.facts(span, ["outcome": .string(ending.rawValue)]))
        case .dead(_, let reason): logger.error("job is dead", job.facts(span, ["error": .string(reason)]))
        case .again(.parked, _, _, let reason):
            logger.warning("job parked", job.facts(span, ["reason": .string(reason ?? "")]))
        case .again(let comeback, let time, _, let reason):
            let facts: LogMetadata = [
                "outcome": .string("\(comeback)"), "next": .string(time.rfc3339), "error": .string(reason ?? ""),
            ]
            logger.info("job comes again", job.facts(span, facts))
        }
    }
}

extension RunEnd {
    fileprivate var event: JobTally.Event {
        switch self {
        case .ended(let ending): JobTally.Event(ending)
        case .dead: .dead
        case .again(.retrying, _, _, _): .retrying
        case .again(.scheduled, _, _, _): .scheduled
        case .again(.ready, _, _, _): .ready
        case .again(.parked, _, _, _): .parked
        }
    }

    fileprivate var isFailure: Bool {
        switch self {
        case .ended: false
        case .dead: true
        case .again(let comeback, _, _, _): comeback == .retrying
        }
    }
}

extension RunningJob {
    func facts(_ span: Duration, _ more: LogMetadata = [:]) -> LogMetadata {
        var facts = envelope.logMetadata
        facts["queue"] = .string(lane.queue.name)
        facts["duration"] = .duration(span)
        for field in more.fields { facts[field.key] = field.value }
        return facts
    }
}
