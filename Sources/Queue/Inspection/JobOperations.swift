import Redis
import Runtime

/// What operators do with single jobs, as far as Redis is concerned. Durable ones have a row besides.
package struct JobOperations: Sendable {
    private let redis: RedisClient
    private let prefix: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix
    }

    /// True when it is cancelled now; else whoever has it, or will take it, is told.
    package func cancel(_ job: JobID, in queue: QueueName) async throws -> Bool {
        try await redis.run(CancelScript.script, keys: 1, expecting: 3) { writer in
            writer.append(QueueKeys(prefix: prefix, queue: queue).base)
            writer.append(job.wire)
        }.expectInt() == 1
    }

    /// Those among the jobs that somebody wishes to cancel: whoever takes them will skip them.
    package func toBeCancelled(among jobs: [JobID], in queue: QueueName) async throws -> Set<JobID> {
        guard !jobs.isEmpty else { return [] }
        let scores = try await redis.call { writer in
            writer.command("ZMSCORE", expecting: jobs.count + 1)
            writer.append(QueueKeys(prefix: prefix, queue: queue).cancelled)
            for job in jobs { writer.append(job.wire) }
        }.expectArray()
        return Set(zip(jobs, scores).filter { !$0.1.isNull }.map(\.0))
    }

    /// The job that has the unique key of a durable one; nil when nobody has it.
    package func holder(ofKeyOf job: PreparedJob) async throws -> JobID? {
        var envelope = job.envelope
        envelope.becomeDurable()
        guard let digest = envelope.uniqueDigest else { return nil }
        let key = Array(QueueKeys(prefix: prefix, queue: job.queue).uniquePrefix.utf8) + JobID(digest).wire
        return try await redis.call("GET", key).bytes.flatMap(JobID.init(wire:))
    }

    /// Moves a job that waits for its time; false when it does not wait, or not any more.
    package func reschedule(_ job: JobID, in queue: QueueName, to time: Timestamp) async throws -> Bool {
        try await redis.run(RescheduleScript.script, keys: 1, expecting: 4) { writer in
            writer.append(QueueKeys(prefix: prefix, queue: queue).base)
            writer.append(job.wire)
            writer.append(time.milliseconds)
        }.expectInt() == 1
    }

    /// Takes a job out that no worker has; false when one has it, or it is gone. Counts as cancelled.
    package func delete(_ job: InspectedJob) async throws -> Bool {
        if job.state.isDue { return try await cancel(job.id, in: job.queue) }
        guard let list = job.list else { return false }
        let base = QueueKeys(prefix: prefix, queue: job.queue).base
        return try await redis.run(DeleteScript.script, keys: 1, expecting: 4) { writer in
            writer.append(base)
            writer.append(String(list.dropFirst(base.count)))
            writer.append(job.envelope.bytes)
        }.expectInt() == 1
    }
}

/// Takes a job out of a list.
///
///     KEYS  1 base
///     ARGV  1 the list behind the base   2 envelope
///     answer: 1, or 0 when it is not there any more
enum DeleteScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing
            + ScriptPrelude.releasing + """
                if redis.call('LREM',b..ARGV[1],-1,ARGV[2])==0 then return 0 end
                letGo(ARGV[2],true,'cancelled')
                tally('cancelled',1)
                if string.sub(ARGV[1],1,10)=='keys:list:' then tally('keyed',-1) end
                return 1
                """)
}
