import Redis
import Runtime

/// Looks for unique keys whose job is gone: they would keep every later job of their kind out.
struct UniqueKeyCheck: Sendable {
    /// In longer queues it would take too long to know where each job is.
    private static let longest = 50_000
    private static let most = 10_000

    private let queue: QueueName
    private let redis: RedisClient
    private let keys: QueueKeys

    init(_ queue: QueueName, redis: RedisClient, keys: QueueKeys) {
        self.queue = queue
        self.redis = redis
        self.keys = keys
    }

    func findings(_ balance: Balance) async throws -> [Finding] {
        guard balance.waiting + balance.leased <= Self.longest else { return [] }
        var stuck = try await owners()
        // Jobs move while we look, so only what is absent twice is gone.
        for _ in 0..<2 where !stuck.isEmpty {
            let present = try await RedisCensus(redis: redis, keys: keys).ids()
            stuck = stuck.filter { !present.contains($0.owner) }
        }
        let still = try await confirmed(stuck)
        guard let first = still.first else { return [] }
        return [
            Finding(
                .problem, queue.name, "stuck-unique-keys",
                (still.count == 1 ? "1 unique key belongs" : "\(still.count) unique keys belong")
                    + " to jobs that are gone, and new ones are kept out",
                advice: "The next job with the key takes it over; to free one now: redis-cli del '\(first.key)'")
        ]
    }

    /// Keys that do not end by themselves, and the jobs that hold them; young ones may be on their way.
    private func owners() async throws -> [(key: String, owner: UUID)] {
        var found: [(String, UUID)] = []
        var cursor = "0"
        repeat {
            let answer = try await redis.call(
                "SCAN", cursor, "MATCH", keys.base.escapedForMatch + "unique:*", "COUNT", 2000
            ).expectArray()
            cursor = answer.first?.string ?? "0"
            found += try await lasting(answer.last?.array?.compactMap(\.bytes) ?? [])
        } while cursor != "0" && found.count < Self.most
        return found
    }

    private func lasting(_ names: [RedisBytes]) async throws -> [(String, UUID)] {
        guard !names.isEmpty else { return [] }
        let answers = try await redis.pipeline { writer in
            for name in names {
                writer.command("GET")
                writer.append(name)
                writer.command("PTTL")
                writer.append(name)
            }
        }
        let limit = Timestamp.now - .minutes(1)
        return names.enumerated().compactMap { number, name in
            guard let owner = answers[2 * number].bytes.flatMap(JobID.init(wire:))?.uuid,
                answers[2 * number + 1].int == -1, owner.time < limit
            else { return nil }
            return (name.string, owner)
        }
    }

    private func confirmed(_ keys: [(key: String, owner: UUID)]) async throws -> [(key: String, owner: UUID)] {
        var still: [(String, UUID)] = []
        for (key, owner) in keys {
            if try await redis.call("GET", key).bytes.flatMap(JobID.init(wire:))?.uuid == owner {
                still.append((key, owner))
            }
        }
        return still
    }
}
