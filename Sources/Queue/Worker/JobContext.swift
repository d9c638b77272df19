import Redis
import Runtime

/// What a handler knows of its run, and what it can ask for.
package struct JobContext: Sendable {
    let run: JobRun

    init(_ run: JobRun) { self.run = run }

    package var id: JobID { run.id }
    package var kind: String { run.handler.kind }
    package var key: String? { run.envelope.key }
    /// From 1.
    package var attempt: Int { Int(run.envelope.attempts) + 1 }
    package var isLastAttempt: Bool { attempt >= run.handler.retry.attempts }
    /// The run is cancelled then.
    package var deadline: MonotonicTime { run.started + run.handler.timeLimit }
    package var enqueuedAt: Timestamp { run.id.uuid.time }
    /// The queue, to enqueue more.
    package var queue: QueueClient { run.parts.queue }

    /// Its lines carry the job's id and kind, and the request that it came from.
    package var logger: Logger {
        var logger = run.parts.logger
        for field in run.envelope.logMetadata.fields { logger.metadata[field.key] = field.value }
        return logger
    }

    /// Whether the job is to stop: cancelled, over its time, or the worker is draining.
    package var isCancelled: Bool { run.isCancelled || Task.isCancelled }

    /// Throws when the job is to stop. Of a batch, each item has to be asked: the others go on.
    package func checkCancellation() throws { if isCancelled { throw CancellationError() } }

    /// Shows how far the job is to whoever tracks it. What cannot be shown now is not worth failing for.
    package func progress(_ share: Double, _ note: String = "") async {
        do { try await show(["progress": "\(min(max(share, 0), 1))", "note": note]) } catch {
            logger.debug("progress is not shown", ["error": .error(error)])
        }
    }

    /// Keeps a result for a day for whoever tracks the job.
    package func setResult(_ json: String) async throws { try await show(["result": json]) }

    private func show(_ fields: KeyValuePairs<String, String>) async throws {
        guard run.envelope.claims.contains(.tracked) else { return }
        let base = run.parts.queue.keys(of: run.handler.queue).base
        _ = try await run.parts.queue.redis.run(TrackScript.script, keys: 1, expecting: fields.count * 2 + 3) {
            writer in
            writer.append(base)
            run.envelope.append(idTo: &writer)
            writer.append("")
            for (name, value) in fields {
                writer.append(name)
                writer.append(value)
            }
        }
    }
}

extension EnvelopeView {
    /// What every log line about the job says.
    package var logMetadata: LogMetadata {
        var metadata: LogMetadata = ["job.id": .id(id), "job.kind": .string(kind), "job.attempt": .int(attempts + 1)]
        guard hasOptions else { return metadata }
        let options = options
        if let request = options.requestID { metadata["request.id"] = .string(request) }
        if let trace = options.trace { metadata["trace.id"] = .string(trace.traceIDText) }
        return metadata
    }

    /// As scripts name jobs.
    func append(idTo writer: inout CommandWriter) { bytes[1..<17].withUnsafeBytes { writer.append($0) } }
}
