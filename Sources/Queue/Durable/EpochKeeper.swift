import Postgres
import Redis
import Runtime
import Synchronization

/// Knows whether a queue in Redis is still the one that the outbox was pushed into: a random text lies in both.
final class EpochKeeper: Sendable {
    private let client: QueueClient
    private let database: Database
    private let established = Mutex<Set<QueueName>>([])

    init(client: QueueClient, database: Database) {
        self.client = client
        self.database = database
    }

    /// Gives a queue its first epoch, before the first job is pushed into it. Once per process and queue; should it fail,
    /// the relay does it.
    func establish(_ queue: QueueName, in transaction: Transaction? = nil) async {
        guard established.withLock({ $0.insert(queue).inserted }) else { return }
        do {
            let epoch = try await epochInRedis(queue, in: transaction)
            try await database.run(
                "insert into queue_epochs (queue, epoch) values (\(queue.name), \(epoch)) on conflict do nothing")
        } catch {
            _ = established.withLock { $0.remove(queue) }
        }
    }

    /// The queue's epoch; a new one if it has none, with what operators have set. Whoever is in a transaction gives it:
    /// a second one may have to wait for those that wait for the first.
    @discardableResult
    func epochInRedis(_ queue: QueueName, in transaction: Transaction? = nil) async throws -> String {
        if let epoch = try await client.redis.call("GET", client.keys(of: queue).epoch).string { return epoch }
        if let transaction { return try await StoredSettings.found(queue, with: client, in: transaction) }
        return try await database.transaction { try await StoredSettings.found(queue, with: client, in: $0) }
    }

    /// The queues whose epoch in Redis is not the one that the outbox knows, those included that have settings alone.
    func changed(besides queues: [QueueName]) async throws -> [QueueName] {
        var known: [String: String] = [:]
        for (queue, epoch) in try await database.all(
            """
            select queue, coalesce(epoch, '')
            from queue_epochs
            full join (select distinct queue from queue_settings) settings using (queue)
            """, as: (String, String).self)
        {
            known[queue] = epoch
        }
        let names = Set(known.keys.compactMap { QueueName(checking: $0) }).union(queues)
        let all = Array(names)
        let keys = all.map { client.keys(of: $0).epoch }
        let answers = try await client.redis.pipeline { writer in
            for key in keys {
                writer.command("GET", expecting: 1)
                writer.append(key)
            }
        }
        return zip(all, answers).compactMap { queue, answer in
            answer.string != nil && answer.string == known[queue.name] ? nil : queue
        }
    }
}
