import Postgres
import Redis
import Runtime

/// Pauses and limits as PostgreSQL keeps them, where no loss of Redis' memory reaches them.
enum StoredSettings {
    /// Fields of the queue's control hash; an empty value removes one. In Redis before the commit, so that whoever
    /// restores them meanwhile waits, and finds what is in force.
    static func set(
        _ pairs: [(field: String, value: String)], of queue: QueueName, in database: Database,
        tellRedis: () async throws -> Void
    ) async throws {
        try await database.transaction { transaction in
            try await lock(queue, transaction)
            for (field, value) in pairs {
                if value.isEmpty {
                    try await transaction.run(
                        "delete from queue_settings where queue = \(queue.name) and setting = \(field)")
                } else {
                    try await transaction.run(
                        """
                        insert into queue_settings (queue, setting, value) values (\(queue.name), \(field), \(value))
                        on conflict (queue, setting) do update set value = excluded.value, changed_at = now()
                        """)
                }
            }
            try await tellRedis()
        }
    }

    /// Gives a queue that has no epoch one, and its settings with it in the same step. The epoch that is in force.
    static func found(
        _ queue: QueueName, with client: QueueClient, in transaction: Transaction
    ) async throws -> String {
        try await lock(queue, transaction)
        let stored = try await transaction.all(
            "select setting, value from queue_settings where queue = \(queue.name)", as: (String, String).self)
        return try await client.redis.run(FoundScript.script, keys: 1, expecting: 2 + stored.count * 2) { writer in
            writer.append(client.keys(of: queue).base)
            writer.append(UUID.v7().description)
            for (setting, value) in stored {
                writer.append(setting)
                writer.append(value)
            }
        }.expectString()
    }

    private static func lock(_ queue: QueueName, _ transaction: Transaction) async throws {
        try await transaction.run(
            "select pg_advisory_xact_lock(hashtextextended(\("queue settings " + queue.name), 0))")
    }
}
