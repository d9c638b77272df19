import Redis
import Runtime

/// Frees places of keys that nobody will free any more: their holder is in none of the queue's places. One such place
/// would hold up its key, and with an ordered queue all of it, for good.
struct KeyPlaceSweep: Sendable {
    private static let page = 1000

    let redis: RedisClient
    let keys: QueueKeys
    /// Between the two looks that a holder has to be absent in: it may be moving.
    var secondLook = Duration.seconds(5)

    private struct Place: Hashable {
        let key: RedisBytes
        let holder: RedisBytes
    }

    /// How many were freed.
    @discardableResult
    func run() async throws -> Int {
        let taken = try await taken()
        guard !taken.isEmpty else { return 0 }
        let suspects = try await withoutJob(taken)
        guard !suspects.isEmpty else { return 0 }
        try await Task.sleep(for: secondLook)
        var freed = 0
        for place in try await withoutJob(suspects) {
            freed += try await redis.run(FreePlaceScript.script, keys: 1, expecting: 3) { writer in
                writer.append(keys.base)
                writer.append(place.key)
                writer.append(place.holder)
            }.expectInt()
        }
        return freed
    }

    private func withoutJob(_ places: [Place]) async throws -> [Place] {
        let present = try await RedisCensus(redis: redis, keys: keys).ids()
        return places.filter { place in
            guard let holder = JobID(wire: place.holder) else { return true }
            return !present.contains(holder.uuid)
        }
    }

    private func taken() async throws -> [Place] {
        let prefix = keys.keyHolders("")
        var places: [Place] = []
        var cursor = "0"
        repeat {
            let answer = try await redis.call(
                "SCAN", cursor, "MATCH", prefix + "*", "COUNT", Self.page, "TYPE", "set"
            ).expectArray()
            guard answer.count == 2, let names = answer[1].array else { break }
            cursor = answer[0].string ?? "0"
            for name in names.compactMap(\.bytes) {
                let key = name[prefix.utf8.count..<name.count]
                let holders = try await redis.call("SMEMBERS", name).expectArray()
                places += holders.compactMap(\.bytes).map { Place(key: key, holder: $0) }
            }
        } while cursor != "0"
        return places
    }
}

/// Frees the place that a job had among those of its key.
///
///     KEYS  1 base
///     ARGV  1 key   2 holder
///     answer: 1, or 0 when it had none, or is where a holder may be: leased, due, suspect, or next of its key
enum FreePlaceScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + ScriptPrelude.queueing + """
            local k,holder=ARGV[1],ARGV[2]
            local function isAmong(all)
              for _,e in ipairs(all) do if valid(e) and id(e)==holder then return true end end
              return false
            end
            if redis.call('ZSCORE',b..'due',holder) or isAmong(redis.call('LRANGE',b..'suspect',0,-1))
              or isAmong(redis.call('LRANGE',b..'keys:list:'..k,-64,-1)) then return 0 end
            for _,w in ipairs(redis.call('ZRANGE',b..'workers',0,-1)) do
              if isAmong(redis.call('HVALS',b..'leased:'..w)) then return 0 end
            end
            if redis.call('SREM',b..'keys:holders:'..k,holder)==0 then return 0 end
            if redis.call('EXISTS',b..'keys:list:'..k)==1 then offer(k); wake(1)
            elseif redis.call('EXISTS',b..'suspect')==1 then wake(1) end
            return 1
            """)
}
