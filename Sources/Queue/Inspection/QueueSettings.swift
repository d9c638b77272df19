import Postgres
import Redis

/// What operators set for a queue while it runs. Nil where nothing is set.
package struct QueueSettings: Sendable, Hashable {
    package var isPaused = false
    /// Jobs that run at once, on all workers together.
    package var concurrency: Int?
    /// Jobs that start per second, and how many may start at once after a pause.
    package var rate: Double?
    package var burst: Int?
    /// The same for each key of a keyed queue.
    package var keyConcurrency: Int?
    package var keyRate: Double?
    package var keyBurst: Int?
    /// More jobs than that are not taken.
    package var maxLength: Int?

    init(_ fields: [String: RedisBytes]) {
        isPaused = fields["paused"] != nil
        concurrency = fields["concurrency"]?.int
        rate = fields["rate"].flatMap { Double($0.string) }
        burst = fields["burst"]?.int
        keyConcurrency = fields["keyconcurrency"]?.int
        keyRate = fields["keyrate"].flatMap { Double($0.string) }
        keyBurst = fields["keyburst"]?.int
        maxLength = fields["maxlength"]?.int
    }

    /// One thing that can be set; the raw value is the field in Redis.
    package enum Limit: String, Sendable, CaseIterable {
        case concurrency, rate, burst, maxLength = "maxlength"
        case keyConcurrency = "keyconcurrency", keyRate = "keyrate", keyBurst = "keyburst"
    }

    package var hasLimits: Bool {
        concurrency != nil || rate != nil || burst != nil || keyConcurrency != nil || keyRate != nil || keyBurst != nil
            || maxLength != nil
    }
}

extension QueueSettings {
    package func value(of limit: Limit) -> Double? {
        switch limit {
        case .concurrency: concurrency.map(Double.init)
        case .rate: rate
        case .burst: burst.map(Double.init)
        case .maxLength: maxLength.map(Double.init)
        case .keyConcurrency: keyConcurrency.map(Double.init)
        case .keyRate: keyRate
        case .keyBurst: keyBurst.map(Double.init)
        }
    }

    /// A burst says how much of a rate may come at once: without one it would change nothing, unseen. Which of the changes
    /// is such a burst.
    package func mistake(in changes: [Limit: Double?]) -> Limit? {
        let pairs: [(Limit, Limit)] = [(.burst, .rate), (.keyBurst, .keyRate)]
        return pairs.first { burst, rate in
            guard case .some(.some) = changes[burst] else { return false }
            return (changes[rate] ?? value(of: rate)) == nil
        }?.0
    }
}

extension QueueSettings.Limit {
    /// As it is called in JSON.
    package var wireName: String {
        switch self {
        case .concurrency: "concurrency"
        case .rate: "rate"
        case .burst: "burst"
        case .maxLength: "maxLength"
        case .keyConcurrency: "keyConcurrency"
        case .keyRate: "keyRate"
        case .keyBurst: "keyBurst"
        }
    }
}

/// Changes how a queue is served, for all workers and at once.
package struct QueueControl: Sendable {
    private let queue: QueueName
    private let redis: RedisClient
    private let keys: QueueKeys
    private let database: Database?

    /// Without a database what is set goes with Redis' memory.
    package init(_ queue: QueueName, redis: RedisClient, prefix: String, database: Database?) {
        self.queue = queue
        self.redis = redis
        self.database = database
        keys = QueueKeys(prefix: prefix, queue: queue)
    }

    package func settings() async throws -> QueueSettings {
        QueueSettings(try await redis.call("HGETALL", keys.control).expectFields())
    }

    /// Workers take no more jobs of the queue; those that run go on.
    package func pause() async throws { try await set([("paused", "1")]) }

    package func resume() async throws { try await set([("paused", "")]) }

    /// Nil takes a limit away.
    package func setLimits(_ limits: [QueueSettings.Limit: Double?]) async throws {
        try await set(limits.map { limit, value in (limit.rawValue, value.map(Self.text) ?? "") })
    }

    /// Without the ".0" that Lua would not mind, but whoever reads a count would.
    private static func text(of value: Double) -> String {
        Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private func set(_ pairs: [(field: String, value: String)]) async throws {
        guard let database else { return try await tellRedis(pairs) }
        try await StoredSettings.set(pairs, of: queue, in: database) { try await tellRedis(pairs) }
    }

    private func tellRedis(_ pairs: [(field: String, value: String)]) async throws {
        _ = try await redis.run(ControlScript.script, keys: 1, expecting: pairs.count * 2 + 1) { writer in
            writer.append(keys.base)
            for (field, value) in pairs {
                writer.append(field)
                writer.append(value)
            }
        }
    }
}
