import Postgres
import Runtime

/// When Redis has lost a little, and its epoch with what it kept: a failover, a restart without its last second.
extension Relay {
    func auditAll() async throws {
        let known = try await database.all("select queue from queue_epochs", as: String.self)
        for queue in Set(known.compactMap { QueueName(checking: $0) }).union(queues) { try await audit(queue) }
    }

    /// Compares the rows that should be in Redis with what is there, and pushes those that are absent twice. How many
    /// these were.
    @discardableResult
    package func audit(_ queue: QueueName) async throws -> Int {
        let end = JobID(UUID.first(at: .now - limits.auditAge))
        let suspects = try await absent(from: queue, before: end, among: nil)
        guard !suspects.isEmpty else { return 0 }
        try await Task.sleep(for: limits.auditSecondLook)
        let lost = try await absent(from: queue, before: end, among: suspects)
        guard !lost.isEmpty else { return 0 }
        try await database.run(
            "update outbox set push_at = now() where id = any (\(Array(lost)))")
        logger.warning("redis has lost jobs", ["queue": "\(queue)", "jobs.repushed": .int(lost.count)])
        nudge()
        return lost.count
    }

    private func absent(
        from queue: QueueName, before end: JobID, among suspects: Set<JobID>?
    ) async throws -> Set<JobID> {
        guard try await isAnyPushed(in: queue, before: end) else { return [] }
        let present = try await RedisCensus(redis: client.redis, keys: client.keys(of: queue)).ids()
        var absent = Set<JobID>()
        var last: JobID?
        while true {
            let page: [JobID] = try await database.all(
                """
                select id from outbox
                where queue = \(queue.name) and push_at is null and id < \(end)
                    and id > coalesce(\(last), '00000000-0000-0000-0000-000000000000'::uuid)
                order by id
                limit 10000
                """)
            for id in page where !present.contains(id.uuid) && suspects?.contains(id) != false { absent.insert(id) }
            guard page.count == 10_000 else { return absent }
            last = page.last
        }
    }

    private func isAnyPushed(in queue: QueueName, before end: JobID) async throws -> Bool {
        try await Outbox.pushed(in: queue.name, after: nil, before: end, limit: 1, on: database).isEmpty == false
    }
}
