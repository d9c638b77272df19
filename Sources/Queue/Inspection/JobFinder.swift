import Redis
import Runtime

/// Finds one job in Redis by its id.
package struct JobFinder: Sendable {
    private static let step = 1000

    private let redis: RedisClient
    private let prefix: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix
    }

    /// What a search came to.
    package enum Search: Sendable {
        case found(InspectedJob)
        /// False when more jobs are ready than were looked at.
        case absent(isCertain: Bool)
    }

    /// Looks first where a job is found at once, then through at most `reach` ready jobs of each list.
    package func find(_ id: JobID, in queues: [QueueName], reach: Int = 200_000) async throws -> Search {
        for queue in queues {
            let keys = QueueKeys(prefix: prefix, queue: queue)
            if let job = try await findDue(id, queue, keys) { return .found(job) }
            if let job = try await findLeased(id, queue, keys) { return .found(job) }
            if case .found(let job) = try await find(id, queue, keys, [keys.suspect], .suspect, reach: reach) {
                return .found(job)
            }
        }
        var isCertain = true
        for queue in queues {
            let keys = QueueKeys(prefix: prefix, queue: queue)
            let lists = try await readyLists(keys)
            switch try await find(id, queue, keys, lists, .ready, reach: reach) {
            case .found(let job): return .found(job)
            case .absent(let all): isCertain = isCertain && all
            }
        }
        return .absent(isCertain: isCertain)
    }

    private func findDue(_ id: JobID, _ queue: QueueName, _ keys: QueueKeys) async throws -> InspectedJob? {
        guard let bytes = try await redis.call("HGET", keys.dueEnvelopes, id.wire).bytes,
            let envelope = EnvelopeView(bytes)
        else { return nil }
        let score = try await redis.call("ZSCORE", keys.due, id.wire).string.flatMap { Double($0) }
        return InspectedJob(
            queue: queue, state: JobState(due: envelope), envelope: envelope,
            dueAt: score.map { Timestamp(milliseconds: Int64($0)) })
    }

    private func findLeased(_ id: JobID, _ queue: QueueName, _ keys: QueueKeys) async throws -> InspectedJob? {
        for incarnation in try await redis.call("ZRANGE", keys.workers, 0, -1).expectArray().compactMap(\.string) {
            let held = try await redis.call("HVALS", keys.leased(incarnation)).expectArray()
            let found = held.compactMap(\.bytes).compactMap(EnvelopeView.init).first { $0.id == id }
            if let found { return InspectedJob(queue: queue, state: .leased, envelope: found, holder: incarnation) }
        }
        return nil
    }

    private func readyLists(_ keys: QueueKeys) async throws -> [String] {
        let plain = Priority.allCases.map(keys.ready)
        guard try await redis.call("HGET", keys.ledger, "keyed").int ?? 0 > 0 else { return plain }
        var lists: [String] = []
        var cursor = "0"
        repeat {
            let pattern = keys.keyList("").escapedForMatch + "*"
            let answer = try await redis.call("SCAN", cursor, "MATCH", pattern, "COUNT", 2000).expectArray()
            cursor = answer.first?.string ?? "0"
            lists += answer.last?.array?.compactMap(\.string) ?? []
        } while cursor != "0"
        return plain + lists
    }

    private func find(
        _ id: JobID, _ queue: QueueName, _ keys: QueueKeys, _ lists: [String], _ state: JobState, reach: Int
    ) async throws -> Search {
        var isCertain = true
        for list in lists {
            var start = 0
            while true {
                let (looked, envelope) = try await look(for: id, in: list, keys, from: start)
                if let envelope {
                    return .found(InspectedJob(queue: queue, state: state, envelope: envelope).lying(in: list))
                }
                start += looked
                if looked < Self.step { break }
                if start >= reach {
                    isCertain = false
                    break
                }
            }
        }
        return .absent(isCertain: isCertain)
    }

    /// The search is Redis' part: only what is found travels.
    private func look(
        for id: JobID, in list: String, _ keys: QueueKeys, from start: Int
    ) async throws -> (looked: Int, found: EnvelopeView?) {
        let answer = try await redis.run(FindScript.script, keys: 1, expecting: 5) { writer in
            writer.append(keys.base)
            writer.append(String(list.dropFirst(keys.base.count)))
            writer.append(id.wire)
            writer.append(start)
            writer.append(Self.step)
        }.expectArray()
        return (answer.first?.int ?? 0, answer.count > 1 ? answer[1].bytes.flatMap(EnvelopeView.init) : nil)
    }
}

/// Looks for a job in a part of a list.
///
///     KEYS  1 base
///     ARGV  1 the list behind the base   2 id   3 how many from the right to leave out   4 how many to look at
///     answer: [how many there were, the envelope if it is there]
enum FindScript {
    static let script = RedisScript(
        ScriptPrelude.allowOutOfMemory + ScriptPrelude.basics + ScriptPrelude.envelopes + """
            local from,n=tonumber(ARGV[3]),tonumber(ARGV[4])
            local found=redis.call('LRANGE',b..ARGV[1],-(from+n),-(from+1))
            for i=1,#found do
              if valid(found[i]) and id(found[i])==ARGV[2] then return {#found,found[i]} end
            end
            return {#found}
            """)
}

extension JobID {
    /// As scripts compare it.
    var wire: [UInt8] {
        withUnsafeBytes(of: uuid.high.bigEndian) { [UInt8]($0) }
            + withUnsafeBytes(of: uuid.low.bigEndian) { [UInt8]($0) }
    }
}
