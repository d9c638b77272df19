import Postgres
import Redis
import Runtime

/// Who has sockets where, in Redis: a set of people for each process, which counts as long as the process shows signs of
/// life. It is made of nothing but what the processes know, so it may be lost at any time.
package struct PresenceBook: Sendable {
    /// A process that was not heard of for so long is dead.
    package static let lifetime = Duration.seconds(9)
    package static let beat = Duration.seconds(3)

    private let redis: RedisClient
    private let base: String

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        base = prefix + "realtime:"
    }

    private var processes: String { base + "processes" }
    private var availabilities: String { base + "availability" }
    private func people(of process: String) -> String { base + "people:" + process }

    // MARK: Processes

    /// What a sign of life answers.
    package struct Pulse: Sendable {
        /// Another one than before: Redis was emptied.
        package let epoch: String
        /// It was not among the processes: it has just begun, or was thought dead and its people were forgotten.
        package let isNew: Bool
        /// Processes that have not been heard of.
        package let dead: [String]
    }

    package func beat(_ process: String) async throws -> Pulse {
        let (processes, epoch) = (processes, base + "epoch")
        let answer = try await redis.run(PresenceScript.beat, keys: 2) { writer in
            writer.append(processes)
            writer.append(epoch)
            writer.append(process)
            writer.append(UUID.v7().description)
            writer.append(Self.lifetime.milliseconds)
        }
        let parts = Array(try answer.expectArray())
        let dead = parts.dropFirst(2).compactMap(\.string)
        return Pulse(epoch: parts.first?.string ?? "", isNew: parts.dropFirst().first?.int == 1, dead: dead)
    }

    /// A dead process's people, until `forget` is called.
    package func left(by process: String) async throws -> [ID<User>] {
        try await redis.call("SMEMBERS", people(of: process)).expectArray().compactMap(\.user)
    }

    package func forget(_ process: String) async throws {
        try await redis.call("DEL", people(of: process))
        try await redis.call("ZREM", processes, process)
    }

    // MARK: People

    package func enter(_ users: [ID<User>], _ process: String) async throws {
        try await change("SADD", users, process)
    }

    package func leave(_ users: [ID<User>], _ process: String) async throws {
        try await change("SREM", users, process)
    }

    private func change(_ command: StaticString, _ users: [ID<User>], _ process: String) async throws {
        guard !users.isEmpty else { return }
        let key = people(of: process)
        _ = try await redis.pipeline { writer in
            writer.command(command, expecting: users.count + 1)
            writer.append(key)
            for user in users { writer.append(user.bytes) }
        }
    }

    package func set(_ availability: Presence.Availability, of user: ID<User>) async throws {
        if availability == .online {
            try await redis.call("HDEL", availabilities, user.bytes)
        } else {
            try await redis.call("HSET", availabilities, user.bytes, availability.rawValue)
        }
    }

    /// Those of the people who have a socket somewhere.
    func present(among users: [ID<User>]) async throws -> Set<ID<User>> {
        guard !users.isEmpty else { return [] }
        let keys = try await livingProcesses().map { people(of: $0) }
        guard !keys.isEmpty else { return [] }
        let answers = try await redis.pipeline { writer in
            for key in keys {
                writer.command("SMISMEMBER", expecting: users.count + 1)
                writer.append(key)
                for user in users { writer.append(user.bytes) }
            }
        }
        var there: Set<ID<User>> = []
        for answer in answers {
            for (user, isThere) in zip(users, try answer.expectArray()) where isThere.int == 1 { there.insert(user) }
        }
        return there
    }

    /// Those who have none in any of the processes.
    package func absent(among users: [ID<User>], in processes: [String]) async throws -> [ID<User>] {
        guard !users.isEmpty, !processes.isEmpty else { return users }
        let keys = processes.map { people(of: $0) }
        let answers = try await redis.pipeline { writer in
            for key in keys {
                writer.command("SMISMEMBER", expecting: users.count + 1)
                writer.append(key)
                for user in users { writer.append(user.bytes) }
            }
        }
        var isThere = [Bool](repeating: false, count: users.count)
        for answer in answers {
            for (place, one) in try answer.expectArray().enumerated() where one.int == 1 { isThere[place] = true }
        }
        return zip(users, isThere).filter { !$1 }.map(\.0)
    }

    package func livingProcesses() async throws -> [String] {
        try await redis.run(PresenceScript.alive, keys: 1) { [processes] writer in
            writer.append(processes)
            writer.append(Self.lifetime.milliseconds)
        }.expectArray().compactMap(\.string)
    }

    /// How present people are, wherever their sockets are.
    package func states(of users: [ID<User>]) async throws -> [ID<User>: Presence.Availability] {
        guard !users.isEmpty else { return [:] }
        let keys = try await livingProcesses().map { people(of: $0) }
        let availabilities = availabilities
        let answers = try await redis.pipeline { writer in
            for key in keys {
                writer.command("SMISMEMBER", expecting: users.count + 1)
                writer.append(key)
                for user in users { writer.append(user.bytes) }
            }
            writer.command("HMGET", expecting: users.count + 1)
            writer.append(availabilities)
            for user in users { writer.append(user.bytes) }
        }
        var states: [ID<User>: Presence.Availability] = [:]
        for user in users { states[user] = .offline }
        for answer in answers.dropLast() {
            for (user, isThere) in zip(users, try answer.expectArray()) where isThere.int == 1 {
                states[user] = .online
            }
        }
        if let chosen = try answers.last?.expectArray() {
            for (user, choice) in zip(users, chosen) where states[user] == .online {
                if let choice = choice.string.flatMap(Presence.Availability.init) { states[user] = choice }
            }
        }
        return states
    }
}

private enum PresenceScript {
    /// A sign of life.
    /// KEYS: the processes by their last sign · the epoch
    /// ARGV: the process · an epoch, if there is none · milliseconds after which a process is dead
    /// returns {the epoch, 1 if the process was not known, dead processes …}
    static let beat = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local added = redis.call('ZADD', KEYS[1], now, ARGV[1])
        redis.call('SET', KEYS[2], ARGV[2], 'NX')
        local answer = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3], 'LIMIT', 0, 100)
        table.insert(answer, 1, added)
        table.insert(answer, 1, redis.call('GET', KEYS[2]))
        return answer
        """)

    /// KEYS: the processes by their last sign
    /// ARGV: milliseconds after which a process is dead
    /// returns the others
    static let alive = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        return redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[1], '+inf')
        """)
}

extension ID where Thing == User {
    fileprivate var bytes: [UInt8] {
        withUnsafeBytes(of: uuid.high.bigEndian) { Array($0) } + withUnsafeBytes(of: uuid.low.bigEndian) { Array($0) }
    }
}

extension RedisValue {
    fileprivate var user: ID<User>? {
        guard let bytes, bytes.count == 16 else { return nil }
        return ID(bytes.withUnsafeBytes { UUID(bytes: $0) })
    }
}

extension PresenceBook {
    /// How present those of the people are whose presence the viewer may know.
    package func presences(
        of users: [ID<User>], for viewer: ID<User>, on database: Database
    ) async throws -> [Presence] {
        let visible = try await Sight.visible(users, to: viewer, on: database)
        let states = try await states(of: visible.map(\.0))
        return visible.map { user, lastSeenAt in
            Presence(user: user, availability: states[user] ?? .offline, lastSeenAt: lastSeenAt)
        }
    }
}
