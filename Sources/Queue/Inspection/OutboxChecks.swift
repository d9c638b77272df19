import Postgres
import Redis
import Runtime

/// Whether durable jobs get from PostgreSQL to Redis, and both agree about Redis' memory.
package enum OutboxChecks {
    package static func findings(_ database: Database, _ redis: RedisClient, prefix: String) async throws -> [Finding] {
        let (overdue, oldest) = try await database.one(
            """
            select count(*), min(push_at) from outbox
            where push_at < now() - interval '30 seconds'
            """, as: (Int, Timestamp?).self)
        var found: [Finding] = []
        if overdue > 0, let oldest {
            found.append(
                Finding(
                    .problem, "postgresql", "overdue-outbox",
                    "\(overdue) durable job\(overdue == 1 ? "" : "s") should have been pushed to Redis, the oldest at \(oldest.rfc3339)",
                    advice:
                        "Is a scheduler running? Its relay pushes them. A full queue holds them up too: yardctl queues."
                ))
        }
        return found + (try await epochs(database, redis, prefix))
    }

    private static func epochs(
        _ database: Database, _ redis: RedisClient, _ prefix: String
    ) async throws -> [Finding] {
        var found: [Finding] = []
        for (name, epoch) in try await database.all("select queue, epoch from queue_epochs", as: (String, String).self)
        {
            guard let queue = QueueName(checking: name) else { continue }
            let theirs = try await redis.call("GET", QueueKeys(prefix: prefix, queue: queue).epoch).string
            guard theirs != epoch else { continue }
            found.append(
                Finding(
                    .problem, name, "epoch", "Redis has lost its memory of the queue, and nobody has dealt with it yet",
                    advice: "Is a scheduler running? Its relay pushes the durable jobs again."))
        }
        return found
    }
}
