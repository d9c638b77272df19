import JSON
import Queue
import Redis
import Runtime

/// Runs jobs in the test's own task, without workers, threads and waiting: at once, or by draining what was enqueued.
///
///     let rehearsal = Rehearsal(queue, handlers: Handlers([AnyHandler(SendMailHandler())]), queues: [SendMail.queue])
///     let outcome = try await rehearsal.run(SendMail(to: "ada@example.org"))      // encoded, decoded, handled
///     #expect(outcome.name == "done")
///
///     try await signUp("ada@example.org")                                         // enqueues somewhere inside
///     #expect(try await rehearsal.enqueued(SendMail.self).map(\.job.to) == ["ada@example.org"])
///     try await rehearsal.drain()                                                 // retries and delayed ones too
///     #expect(rehearsal.clock.now > start + .minutes(5))                          // the clock has moved to them
///
/// The jobs are in a Redis, under the prefix of the client that it is given.
package struct Rehearsal: Sendable {
    package let clock: ManualClock
    let client: QueueClient
    let queues: [QueueName]
    private let inline: InlineRun

    /// - Parameters:
    ///   - queues: those that are drained, besides the ones of the handlers.
    ///   - clock: moved by `drain` to the time of each job that it runs early.
    package init(
        _ client: QueueClient, handlers: Handlers = Handlers([]), queues: [QueueName] = [],
        durable: (any DurableJobs)? = nil, clock: ManualClock = ManualClock(.now), logger: Logger = .silent
    ) {
        self.client = client
        self.clock = clock
        self.queues = Array(Set(queues + handlers.queues))
        inline = InlineRun(handlers: handlers, queue: client, durable: durable, logger: logger)
    }

    /// Runs one job here and now, as if it had come through the queue; nothing is enqueued.
    package func run<J: Job>(
        _ job: J, _ options: JobOptions = JobOptions(), failedAttempts: UInt8 = 0
    ) async throws -> InlineRun.Outcome {
        var envelope = try client.encoder.prepare(job, options).envelope
        envelope.attempts = failedAttempts
        guard let view = EnvelopeView(RedisBytes(envelope.encoded)), let outcome = await inline(view) else {
            throw NoHandler(kind: J.kind)
        }
        return outcome
    }

    /// Runs whatever is ready, then moves the clock to what is due next, until nothing is left. The runs in their order.
    @discardableResult
    package func drain(limit: Int = 1000) async throws -> [DrainedRun] {
        var runs: [DrainedRun] = []
        var isDry = false
        while !isDry {
            isDry = true
            for queue in queues {
                let worker = try await DrainingWorker(client, queue)
                while let envelope = try await worker.take() {
                    guard runs.count < limit else { throw NeverDry(limit: limit, last: envelope.kind) }
                    guard let outcome = await inline(envelope) else { throw NoHandler(kind: envelope.kind) }
                    try await worker.settle(envelope, outcome)
                    runs.append(DrainedRun(kind: envelope.kind, id: envelope.id, outcome: outcome))
                    isDry = false
                }
                if let time = try await worker.bringForward() {
                    if time > clock.now { clock.set(to: time) }
                    isDry = false
                }
                try await worker.leave()
            }
        }
        return runs
    }
}

/// One run of a drain.
package struct DrainedRun: Sendable {
    package let kind: String
    package let id: JobID
    package let outcome: InlineRun.Outcome
}

/// A job was met that the rehearsal has no handler for.
package struct NoHandler: Error, Hashable {
    package let kind: String
}

/// Draining went on without end: a job that always comes again, or that enqueues its like.
package struct NeverDry: Error, Hashable {
    package let limit: Int
    package let last: String
}
