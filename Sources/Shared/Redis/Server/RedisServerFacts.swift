import Runtime

/// What a process has to know of its server before it works with it.
public struct RedisServerFacts: Sendable, Hashable {
    public struct Version: Sendable, Hashable, Comparable, CustomStringConvertible {
        public let major: Int
        public let minor: Int

        public init(major: Int, minor: Int) {
            self.major = major
            self.minor = minor
        }

        public static func < (one: Version, other: Version) -> Bool {
            (one.major, one.minor) < (other.major, other.minor)
        }

        public var description: String { "\(major).\(minor)" }
    }

    public let version: Version
    /// `master` or `slave`, as Redis says it.
    public let role: String
    public let isCluster: Bool
    public let evictionPolicy: String
    /// Bytes; 0 without a bound.
    public let memoryLimit: Int
    public let hasAppendOnlyFile: Bool
    /// nil when the server does not tell.
    public let hasSnapshots: Bool?
    public let roundTrip: Duration
    /// By how much the server's clock is ahead of ours.
    public let clockOffset: Duration

    /// Asks the server.
    public static func ask(_ redis: some RedisCaller, within limit: Duration? = nil) async throws -> RedisServerFacts {
        let info = try await redis.call("INFO", within: limit).expectString()
        let schedule = try? await redis.call("CONFIG", "GET", "save", within: limit).fields?["save"]
        // The quickest of a few: a single one may have been held up on our side.
        var clock = try await ClockReading.take(from: redis, within: limit)
        for _ in 0..<4 {
            let another = try await ClockReading.take(from: redis, within: limit)
            if another.roundTrip < clock.roundTrip { clock = another }
        }
        return RedisServerFacts(
            info: info, hasSnapshots: schedule.map { !$0.isEmpty }, roundTrip: clock.roundTrip,
            clockOffset: clock.offset)
    }

    init(info: String, hasSnapshots: Bool?, roundTrip: Duration, clockOffset: Duration) {
        let fields = Self.fields(of: info)
        let numbers = (fields["redis_version"] ?? "").split(separator: ".").compactMap { Int($0) }
        version = Version(major: numbers.first ?? 0, minor: numbers.dropFirst().first ?? 0)
        role = fields["role"] ?? "unknown"
        isCluster = fields["cluster_enabled"] == "1"
        evictionPolicy = fields["maxmemory_policy"] ?? "unknown"
        memoryLimit = fields["maxmemory"].flatMap { Int($0) } ?? 0
        hasAppendOnlyFile = fields["aof_enabled"] == "1"
        self.hasSnapshots = hasSnapshots
        self.roundTrip = roundTrip
        self.clockOffset = clockOffset
    }

    /// `name:value` lines.
    private static func fields(of info: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in info.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }
}

extension RedisServerFacts {
    /// Why a process must not start with this server.
    public var refusals: [String] {
        var reasons: [String] = []
        if version < Version(major: 7, minor: 0) { reasons.append("Redis \(version) is too old: 7.0 is needed") }
        if evictionPolicy != "noeviction" {
            reasons.append("maxmemory-policy is \(evictionPolicy), so Redis may drop jobs: set it to noeviction")
        }
        if role != "master" { reasons.append("the server is a replica (\(role)) and takes no writes") }
        if isCluster { reasons.append("the server is part of a cluster, which is not supported yet") }
        return reasons
    }

    /// What an operator should look at.
    public var warnings: [String] {
        var reasons: [String] = []
        if !hasAppendOnlyFile {
            let loss = hasSnapshots == false ? "all that it holds" : "what came after its last snapshot"
            reasons.append("appendonly is off: a restart of Redis loses \(loss)")
        }
        if roundTrip > .milliseconds(5) { reasons.append("a round trip takes \(roundTrip.inSeconds * 1000) ms") }
        if clockOffset > .seconds(1) || clockOffset < .seconds(-1) {
            reasons.append("the clocks differ by \(clockOffset.inSeconds) s")
        }
        return reasons
    }
}

/// What the server's clock shows, and how long it took to ask.
private struct ClockReading {
    let roundTrip: Duration
    let offset: Duration

    static func take(from redis: some RedisCaller, within limit: Duration?) async throws -> ClockReading {
        let start = MonotonicTime.now
        let answer = try await redis.call("TIME", within: limit).expectArray()
        let roundTrip = MonotonicTime.now - start
        guard answer.count == 2, let seconds = answer[0].int, let microseconds = answer[1].int else {
            throw RedisError.unexpectedReply(wanted: "seconds and microseconds", got: "an array of \(answer.count)")
        }
        let theirs = Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(microseconds))
        return ClockReading(roundTrip: roundTrip, offset: theirs - (.now - roundTrip / 2))
    }
}
