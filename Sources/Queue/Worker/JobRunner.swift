import Crypto
import Redis
import Runtime

/// A task that runs jobs on a session's loop. Not isolated to the loop's domain, so that handlers run where they like;
/// but always on its thread, so that a job which never waits begins and ends without a hop.
struct JobRunner: Sendable {
    /// What is run at once.
    enum Work: Sendable {
        case one(JobRun)
        case batch([JobRun])

        var runs: [JobRun] {
            switch self {
            case .one(let run): [run]
            case .batch(let runs): runs
            }
        }
    }

    let number: Int
    let session: LoopBound<WorkerSession>

    func run() async {
        var work = next(after: nil, nil)
        while let current = work {
            do {
                try await current.perform()
                work = next(after: current, nil)
            } catch { work = next(after: current, error) }
        }
    }

    private func next(after work: Work?, _ error: (any Error)?) -> Work? {
        session.loop.domain.assumeIsolated { domain in
            session.value(on: domain).next(after: work, error, runner: number, on: domain)
        }
    }

}

/// How one piece of work is done.
extension JobRunner.Work {
    func perform() async throws {
        switch self {
        case .one(let run): try await perform(run)
        case .batch(let runs): try await perform(runs)
        }
    }

    /// Handlers see the job's trace, and their log lines its id, wherever they log.
    private func perform(_ run: JobRun) async throws {
        if run.needsPreparing { try await run.prepare() }
        guard case .one(let work) = run.handler.work else { return }
        try await Log.$context.withValue(run) {
            guard run.envelope.hasOptions, let trace = run.envelope.options.trace else { return try await work(run) }
            try await run.traced(under: trace) { try await work(run) }
        }
    }

    private func perform(_ runs: [JobRun]) async throws {
        var prepared: [JobRun] = []
        for run in runs {
            do {
                if run.needsPreparing { try await run.prepare() }
                prepared.append(run)
            } catch { run.fail(error) }
        }
        guard let first = prepared.first, case .batch(let work) = first.handler.work else { return }
        try await Log.$context.withValue(first) {
            let traced = first.parts.tracer == nil ? [] : prepared.filter { $0.sampledTrace != nil }
            guard let lead = traced.first, let trace = lead.sampledTrace else { return try await work(prepared) }
            // What is done for all of them at once is told under the first that anybody wants to hear of.
            try await lead.traced(under: trace, with: Array(traced.dropFirst())) { try await work(prepared) }
        }
    }
}

/// What has to happen before a handler can begin.
extension JobRun {
    var needsPreparing: Bool {
        !envelope.attributes.isDisjoint(with: [.payloadStored, .encrypted, .uniqueUntilStarted])
    }

    /// The unique key goes last: a job that cannot be opened here has not begun.
    func prepare() async throws {
        try await open()
        if envelope.attributes.contains(.uniqueUntilStarted) { try await withStore { try await releaseUniqueKey() } }
    }

    private func open() async throws {
        guard !envelope.attributes.isDisjoint(with: [.payloadStored, .encrypted]) else { return }
        let stored =
            envelope.attributes.contains(.payloadStored)
            ? try await withStore { try await storedPayload() } : envelope.payload
        setPayload(envelope.attributes.contains(.encrypted) ? try decrypted(stored) : stored)
    }

    /// A store that is away is no failure of the job: it comes again, as the same attempt.
    private func withStore<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error where !(error is JobOutcome || error is CancellationError) {
            parts.logger.warning(
                "a store does not give what the job needs; it waits",
                ["job.id": .id(id), "job.kind": .string(handler.kind), "error": .error(error)])
            throw JobOutcome.snooze(.milliseconds(Int64.random(in: 1000...3000)))
        }
    }

    private func releaseUniqueKey() async throws {
        guard let digest = envelope.uniqueDigest else { return }
        let base = parts.queue.keys(of: handler.queue).base
        _ = try await parts.queue.redis.run(ReleaseScript.script, keys: 1, expecting: 3) { writer in
            writer.append(base)
            writer.append(count: 16) { $0.append(uuid: digest) }
            writer.append(count: 16) { $0.append(uuid: id.uuid) }
        }
    }

    private func storedPayload() async throws -> RedisBytes {
        guard let stored = try await parts.durable?.payloads(of: [envelope])[id] else {
            // A durable job's payload goes with its row, and that goes when the job ends.
            throw isDurable ? JobOutcome.discard("it was done before") : JobOutcome.fail("its payload is gone")
        }
        return RedisBytes(stored)
    }

    /// Half a fleet may have the key already: another worker, or this one after its deploy, can run it.
    private func decrypted(_ sealed: RedisBytes) throws -> RedisBytes {
        let bytes = sealed.toArray()
        guard let keys = parts.queue.encoder.sealing else { throw Obstacle.noKey(SealingKeys.keyID(of: bytes)) }
        do throws(SealError) { return RedisBytes(try keys.open(bytes, context: id.description)) } catch {
            guard case .unknownKey(let number) = error else { throw error }
            throw Obstacle.noKey(number)
        }
    }
}
