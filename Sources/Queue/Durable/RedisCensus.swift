import Redis
import Runtime

/// Lists the ids of all jobs that a queue has in Redis, in pages. Jobs move meanwhile: one that is listed was there, one
/// that is not may have been on its way.
struct RedisCensus: Sendable {
    let redis: RedisClient
    let keys: QueueKeys

    private static let page = 1000

    func ids() async throws -> Set<UUID> {
        var ids = Set<UUID>()
        // In the order in which jobs move on, so that most of those that move are met again.
        try await addDue(to: &ids)
        for priority in Priority.allCases { try await add(list: keys.ready(priority), to: &ids) }
        for list in try await keyLists() { try await add(list: list, to: &ids) }
        try await add(list: keys.suspect, to: &ids)
        for incarnation in try await redis.call("ZRANGE", keys.workers, 0, -1).expectArray() {
            try await add(hash: keys.leased(incarnation.string ?? ""), to: &ids)
        }
        try await add(list: keys.dead, to: &ids)
        return ids
    }

    /// From the left: new jobs push what we have not seen to the right, so nothing that stays is missed.
    private func add(list: String, to ids: inout Set<UUID>) async throws {
        var start = 0
        while true {
            let found = try await add("list", list, start, to: &ids)
            guard found == Self.page else { return }
            start += found
        }
    }

    private func add(hash: String, to ids: inout Set<UUID>) async throws {
        _ = try await add("hash", hash, 0, to: &ids)
    }

    private func add(_ type: String, _ key: String, _ start: Int, to ids: inout Set<UUID>) async throws -> Int {
        let answer = try await redis.run(CensusScript.script, keys: 1, expecting: 6) { writer in
            writer.append(keys.base)
            writer.append(type)
            writer.append(String(key.dropFirst(keys.base.count)))
            writer.append(start)
            writer.append(start + Self.page - 1)
        }.expectArray()
        guard answer.count == 2, let found = answer[0].int, let packed = answer[1].bytes else { return 0 }
        packed.withUnsafeBytes { bytes in
            for place in stride(from: 0, to: bytes.count - 15, by: 16) {
                ids.insert(UUID(bytes: UnsafeRawBufferPointer(rebasing: bytes[place..<place + 16])))
            }
        }
        return found
    }

    private func addDue(to ids: inout Set<UUID>) async throws {
        try await walk("ZSCAN", keys.due, step: 2) { id in
            if id.count == 16 { ids.insert(id.withUnsafeBytes { UUID(bytes: $0) }) }
        }
    }

    /// A key with jobs has its turn, waits for a token, or for a place.
    private func keyLists() async throws -> Set<String> {
        var lists = Set<String>()
        try await walk("ZSCAN", keys.keyRing, step: 2) { lists.insert(keys.keyList($0.string)) }
        try await walk("ZSCAN", keys.keyWaiting, step: 2) { lists.insert(keys.keyList($0.string)) }
        try await walk("SSCAN", keys.keyFull, step: 1) { lists.insert(keys.keyList($0.string)) }
        return lists
    }

    /// All members of a set; of a sorted one each second element is a score.
    private func walk(_ command: StaticString, _ key: String, step: Int, _ body: (RedisBytes) -> Void) async throws {
        var cursor = "0"
        repeat {
            let answer = try await redis.call(command, key, cursor, "COUNT", Self.page).expectArray()
            cursor = answer.first?.string ?? "0"
            guard let members = answer.last?.array else { return }
            for place in stride(from: 0, to: members.count, by: step) {
                if let member = members[place].bytes { body(member) }
            }
        } while cursor != "0"
    }
}

/// The ids of a page of envelopes.
///
///     KEYS  1 base
///     ARGV  1 list or hash   2 the key behind the base   3 and 4 first and last place in the list
///     answer: [how many elements there were, the ids of those that can be read, 16 bytes each]
enum CensusScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + """
            local found
            if ARGV[1]=='list' then found=redis.call('LRANGE',b..ARGV[2],ARGV[3],ARGV[4])
            else found=redis.call('HVALS',b..ARGV[2]) end
            local ids={}
            for i=1,#found do ids[i]=valid(found[i]) and id(found[i]) or '' end
            return {#found,table.concat(ids)}
            """)
}
