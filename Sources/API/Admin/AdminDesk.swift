import APIFrame
import Model
import Postgres
import Queue
import Redis
import Runtime

/// What the routes of administrators work with: the same operations as yardctl's.
struct AdminDesk: Sendable {
    let durable: DurableQueue
    let queues: KnownQueues

    var redis: RedisClient { durable.client.redis }
    var prefix: String { durable.client.prefix }
    var database: Database { durable.database }
    var jobs: JobDesk { JobDesk(redis: redis, prefix: prefix, database: database) }
    var letters: DeadLetters { DeadLetters(durable) }
    var operations: LetterOperations { LetterOperations(database) }
    var workers: WorkerDirectory { WorkerDirectory(redis: redis, prefix: prefix) }
    var board: CronBoard { CronBoard(database) }

    func queue(_ name: String) async throws -> QueueName {
        if let queue = await queues.all().first(where: { $0.name == name }) { return queue }
        throw Problem(.notFound, "There is no such queue")
    }

    func control(_ queue: QueueName) -> QueueControl {
        QueueControl(queue, redis: redis, prefix: prefix, database: database)
    }

    /// How all queues stand, those in trouble and the busy ones not first: by name, as they do not jump then.
    func standings() async throws -> [QueueStanding] {
        let dead = try await OutboxListing(database: database).deadByQueue()
        let (redis, prefix) = (redis, prefix)
        return try await withThrowingTaskGroup { group in
            for queue in await queues.all() {
                group.addTask { try await QueueStanding(queue, dead: dead[queue.name] ?? 0, redis, prefix) }
            }
            var all: [QueueStanding] = []
            for try await standing in group { all.append(standing) }
            return all.sorted { $0.name < $1.name }
        }
    }

    func standing(of queue: QueueName) async throws -> QueueStanding {
        let dead = try await OutboxListing(database: database).deadByQueue()
        return try await QueueStanding(queue, dead: dead[queue.name] ?? 0, redis, prefix)
    }
}

extension QueueStanding {
    fileprivate init(_ queue: QueueName, dead: Int, _ redis: RedisClient, _ prefix: String) async throws {
        overview = try await QueueOverview.read(queue, from: redis, prefix: prefix)
        recent = try await StatisticsReader(redis: redis, prefix: prefix).recent(queue, within: .minutes(1)).first {
            $0.kind.isEmpty
        }
        self.dead = dead + overview.balance.unstored
    }
}
