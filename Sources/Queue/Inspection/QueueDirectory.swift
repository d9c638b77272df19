import Redis

/// Finds out which queues there are.
package struct QueueDirectory: Sendable {
    private let redis: RedisClient
    private let prefix: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        self.prefix = prefix
    }

    /// All queues that workers serve or that have left a trace in Redis, by name. Walks over the names of all keys, in
    /// steps.
    package func queues() async throws -> [QueueName] {
        let served = try await registered()
        // Only keys of which a queue has few: those of jobs, keys and minutes stay where they are.
        let pattern = prefix.escapedForMatch + "{*}:[cdelrw]*"
        var names = Set<String>()
        var cursor = "0"
        repeat {
            let answer = try await redis.call("SCAN", cursor, "MATCH", pattern, "COUNT", 2000).expectArray()
            guard answer.count == 2, let keys = answer[1].array else { break }
            cursor = answer[0].string ?? "0"
            for key in keys { if let name = name(in: key.string ?? "") { names.insert(name) } }
        } while cursor != "0"
        names.formUnion(served.map(\.name))
        return names.sorted().compactMap { name in served.first { $0.name == name } ?? QueueName(checking: name) }
    }

    /// Those that a worker has served, with their styles.
    private func registered() async throws -> [QueueName] {
        let members = try await redis.call("SMEMBERS", KnownQueues.registryKey(prefix)).expectArray()
        return members.compactMap { member in
            let parts = (member.string ?? "").split(separator: ":")
            guard parts.count == 2, let number = UInt8(parts[1]), let style = QueueName.Style(rawValue: number) else {
                return nil
            }
            return QueueName(checking: String(parts[0]), style)
        }
    }

    /// What stands between the braces.
    private func name(in key: String) -> String? {
        guard key.hasPrefix(prefix + "{"), let end = key.firstIndex(of: "}") else { return nil }
        return String(key[key.index(key.startIndex, offsetBy: prefix.count + 1)..<end])
    }

    /// How ready jobs wait there, as far as Redis knows: nil while no worker has served it and no job had a key.
    package func style(of queue: QueueName) async throws -> QueueName.Style? {
        if let served = try await registered().first(where: { $0 == queue }) { return served.style }
        let keys = QueueKeys(prefix: prefix, queue: queue)
        guard try await redis.call("HGET", keys.ledger, "keyed").isNull == false else { return nil }
        let inRing = try await redis.call("ZRANGE", keys.keyRing, 0, 0).expectArray().first?.string
        guard let key = inRing, let next = try await redis.call("LINDEX", keys.keyList(key), -1).bytes else {
            return .keyed
        }
        return EnvelopeView(next)?.claims.contains(.ordered) == true ? .ordered : .keyed
    }

    /// The kinds that workers have said they can run.
    package func kinds(of queue: QueueName) async throws -> [String] {
        let keys = QueueKeys(prefix: prefix, queue: queue)
        return try await redis.call("HKEYS", keys.kinds).expectArray().compactMap(\.string).sorted()
    }
}

extension String {
    /// As text within a pattern of SCAN.
    package var escapedForMatch: String {
        reduce(into: "") { text, character in
            if "*?[]\\^-".contains(character) { text.append("\\") }
            text.append(character)
        }
    }
}
