import Runtime

/// The span of a run, below that of whoever enqueued the job.
extension JobRun {
    /// What a job carries of a trace that is kept.
    var sampledTrace: TraceContext? {
        guard envelope.hasOptions, let trace = envelope.options.trace, trace.isSampled else { return nil }
        return trace
    }

    /// `others` are done by the same work, each in a trace of its own.
    func traced(
        under parent: TraceContext, with others: [JobRun] = [], _ work: () async throws -> Void
    ) async throws {
        let span = parent.child()
        guard parent.isSampled, let tracer = parts.tracer else { return try await TraceContext.with(span, work) }
        let start = Timestamp.now
        var failure: (any Error)?
        do { try await TraceContext.with(span, work) } catch { failure = error }
        tracer.record(told(span, below: parent, since: start, failure))
        for other in others {
            guard let trace = other.sampledTrace else { continue }
            tracer.record(other.told(trace.child(), below: trace, since: start, failure))
        }
        if let failure { throw failure }
    }

    private func told(
        _ span: TraceContext, below parent: TraceContext, since start: Timestamp, _ error: (any Error)?
    ) -> Span {
        let facts: LogMetadata = [
            "messaging.system": "switchyard", "messaging.operation.type": "process",
            "messaging.destination.name": .string(handler.queue.name), "messaging.message.id": .id(id),
            "job.kind": .string(handler.kind), "job.attempt": .int(envelope.attempts + 1),
        ]
        let failure = (self.failure ?? error).flatMap { $0.isNoFailure ? nil : String(describing: $0) }
        return Span(
            "job \(handler.kind)", .consumer, span, parent: parent.spanID, from: start, to: .now, facts,
            failure: failure)
    }
}

extension Error {
    /// Ways to end that are none: what is discarded is done, what is snoozed comes again.
    fileprivate var isNoFailure: Bool {
        switch self as? JobOutcome {
        case .discard, .snooze: true
        default: self is AlreadyDone
        }
    }
}
