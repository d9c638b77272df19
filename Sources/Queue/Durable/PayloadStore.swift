import Postgres
import Redis
import Runtime

/// Payloads that are too large for Redis. Those of durable jobs lie in their row of the outbox, others here.
package struct PayloadStore: Sendable {
    package static let largestInline = OutboxRow.largestInlinePayload

    let database: Database

    package init(database: Database) { self.database = database }

    /// Before the job is pushed.
    package func save(_ payload: [UInt8], of job: JobID) async throws {
        try await database.run(
            "insert into job_payloads (id, payload) values (\(job), \(payload)) on conflict (id) do nothing")
    }

    /// The payloads that are there, of durable and volatile jobs alike. A durable job without one has ended elsewhere.
    package func load(_ jobs: [JobID]) async throws -> [JobID: [UInt8]] {
        let found = try await database.all(
            """
            select id, payload from outbox where id = any (\(jobs)) and payload is not null
            union all
            select id, payload from job_payloads where id = any (\(jobs))
            """, as: (JobID, [UInt8]).self)
        return Dictionary(found, uniquingKeysWith: { first, _ in first })
    }

    /// When volatile jobs have ended.
    package func delete(_ jobs: [JobID]) async throws {
        try await database.run("delete from job_payloads where id = any (\(jobs))")
    }

    /// Removes old payloads whose jobs are in none of the queues any more: absent twice, as a job may be moving while
    /// one looks. How many these were.
    @discardableResult
    package func pruneOrphans(
        olderThan age: Duration = .days(1), queues: [QueueName], client: QueueClient,
        secondLook: Duration = .seconds(5)
    ) async throws -> Int {
        let old: [JobID] = try await database.all(
            "select id from job_payloads where created_at < now() - \(age) order by created_at limit 100000")
        let suspects = try await absent(old, from: queues, client)
        guard !suspects.isEmpty else { return 0 }
        try await Task.sleep(for: secondLook)
        let orphans = try await absent(suspects, from: queues, client)
        try await delete(orphans)
        return orphans.count
    }

    private func absent(_ jobs: [JobID], from queues: [QueueName], _ client: QueueClient) async throws -> [JobID] {
        guard !jobs.isEmpty else { return [] }
        var present = Set<UUID>()
        for queue in queues {
            present.formUnion(try await RedisCensus(redis: client.redis, keys: client.keys(of: queue)).ids())
        }
        return jobs.filter { !present.contains($0.uuid) }
    }
}
