import Redis
import Runtime

/// Releases unique keys that nobody will release any more: their job is in none of the queue's places.
struct UniqueKeySweep: Sendable {
    private static let page = 1000

    let redis: RedisClient
    let keys: QueueKeys
    /// Between the two looks that a job has to be absent in: it may be moving.
    var secondLook = Duration.seconds(5)

    private struct Held: Hashable {
        /// 16 bytes each.
        let digest: RedisBytes
        let owner: RedisBytes
    }

    /// How many were released.
    @discardableResult
    func run() async throws -> Int {
        let held = try await heldForever()
        guard !held.isEmpty else { return 0 }
        let suspects = try await withoutJob(held)
        guard !suspects.isEmpty else { return 0 }
        try await Task.sleep(for: secondLook)
        var released = 0
        for stale in try await withoutJob(suspects) {
            released += try await redis.run(ReleaseScript.script, keys: 1, expecting: 3) { writer in
                writer.append(keys.base)
                writer.append(stale.digest)
                writer.append(stale.owner)
            }.expectInt()
        }
        return released
    }

    private func withoutJob(_ held: [Held]) async throws -> [Held] {
        let present = try await RedisCensus(redis: redis, keys: keys).ids()
        return held.filter { held in
            guard let owner = JobID(wire: held.owner) else { return false }
            return !present.contains(owner.uuid)
        }
    }

    /// Those that do not end by themselves.
    private func heldForever() async throws -> [Held] {
        let prefix = keys.uniquePrefix
        var found: [Held] = []
        var cursor = "0"
        repeat {
            let answer = try await redis.call(
                "SCAN", cursor, "MATCH", prefix + "*", "COUNT", Self.page, "TYPE", "string"
            ).expectArray()
            guard answer.count == 2, let names = answer[1].array else { break }
            cursor = answer[0].string ?? "0"
            found += try await owners(of: names.compactMap(\.bytes), skipping: prefix.utf8.count)
        } while cursor != "0"
        return found
    }

    private func owners(of names: [RedisBytes], skipping length: Int) async throws -> [Held] {
        guard !names.isEmpty else { return [] }
        let answers = try await redis.pipeline { writer in
            for name in names {
                writer.command("GET", expecting: 1)
                writer.append(name)
                writer.command("PTTL", expecting: 1)
                writer.append(name)
            }
        }
        return names.indices.compactMap { place in
            let digest = names[place][length..<names[place].count]
            guard let owner = answers[place * 2].bytes, answers[place * 2 + 1].int == -1, digest.count == 16 else {
                return nil
            }
            return Held(digest: digest, owner: owner)
        }
    }
}
