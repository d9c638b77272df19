import Postgres
import Redis
import Runtime

/// Whether the stores are fit for the work.
package enum StoreChecks {
    // MARK: Redis

    package static func redis(_ redis: RedisClient) async throws -> [Finding] {
        let facts = try await RedisServerFacts.ask(redis)
        let memory = try await redis.call("INFO", "memory").expectString()
        return [
            version(facts), role(facts), eviction(facts), persistence(facts),
            usage(of: memory, limit: facts.memoryLimit), roundTrip(facts.roundTrip, to: "redis"),
            clock(facts.clockOffset, of: "redis"),
        ]
    }

    private static func version(_ facts: RedisServerFacts) -> Finding {
        let isEnough = facts.version >= RedisServerFacts.Version(major: 7, minor: 0)
        return Finding(
            isEnough ? .fine : .problem, "redis", "version", "version \(facts.version)",
            advice: isEnough ? "" : "Install Redis 7.0 or newer: scripts need it.")
    }

    private static func role(_ facts: RedisServerFacts) -> Finding {
        if facts.role != "master" {
            return Finding(
                .problem, "redis", "role", "it is a replica (\(facts.role)) and takes no writes",
                advice: "Let REDIS_URL name the master.")
        }
        return Finding(.fine, "redis", "role", "it is the master")
    }

    private static func eviction(_ facts: RedisServerFacts) -> Finding {
        guard facts.evictionPolicy != "noeviction" else {
            return Finding(.fine, "redis", "eviction-policy", "evicts nothing (noeviction)")
        }
        return Finding(
            .problem, "redis", "eviction-policy",
            "drops keys when memory is full (maxmemory-policy \(facts.evictionPolicy)), jobs among them",
            advice: "redis-cli config set maxmemory-policy noeviction, and the same in redis.conf.")
    }

    private static func persistence(_ facts: RedisServerFacts) -> Finding {
        guard !facts.hasAppendOnlyFile else {
            return Finding(.fine, "redis", "persistence", "keeps an append-only file")
        }
        let loss = facts.hasSnapshots == false ? "all volatile jobs" : "the volatile jobs since its last snapshot"
        return Finding(
            .warning, "redis", "persistence", "keeps no append-only file: a restart loses \(loss)",
            advice:
                "redis-cli config set appendonly yes, and the same in redis.conf. Durable jobs come back by themselves."
        )
    }

    private static func usage(of memory: String, limit: Int) -> Finding {
        let line = memory.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        let used = line.flatMap { Int($0.dropFirst(12)) } ?? 0
        let share = limit > 0 ? used * 100 / limit : 0
        let text = "uses \(used >> 20) MB" + (limit > 0 ? " of \(limit >> 20) MB (\(share)%)" : ", without a limit")
        guard share >= 80 else { return Finding(.fine, "redis", "memory", text) }
        return Finding(
            share >= 95 ? .problem : .warning, "redis", "memory", text,
            advice:
                "Raise maxmemory, or find the queue that grows: yardctl queues. When it is full nothing is enqueued.")
    }

    // MARK: PostgreSQL

    package static func postgres(_ database: Database) async throws -> [Finding] {
        try await database.check(within: .seconds(3))
        var best = Duration.seconds(60)
        var offset = Duration.zero
        for _ in 0..<4 {
            let begun = MonotonicTime.now
            let theirs: Timestamp = try await database.one("select clock_timestamp()")
            let span = MonotonicTime.now - begun
            if span < best { (best, offset) = (span, theirs - (.now - span / 2)) }
        }
        let number: Int32 = try await database.one("select current_setting('server_version_num')::int")
        let isEnough = number >= 150_000
        let version = Finding(
            isEnough ? .fine : .problem, "postgresql", "version", "version \(number / 10_000).\(number % 10_000)",
            advice: isEnough ? "" : "Install PostgreSQL 15 or newer.")
        return [version, roundTrip(best, to: "postgresql"), clock(offset, of: "postgresql")]
    }

    // MARK: Both

    private static func roundTrip(_ span: Duration, to store: String) -> Finding {
        let text = "a round trip takes \(Double(span.microseconds) / 1000) ms"
        guard span > .milliseconds(5) else { return Finding(.fine, store, "round-trip", text) }
        return Finding(
            .warning, store, "round-trip", text,
            advice: "Run workers closer to it: every job waits for at least one round trip.")
    }

    private static func clock(_ offset: Duration, of store: String) -> Finding {
        let milliseconds = offset.milliseconds
        let text = "its clock is \(abs(milliseconds)) ms \(milliseconds < 0 ? "behind" : "ahead of") ours"
        guard abs(milliseconds) > 1000 else { return Finding(.fine, store, "clock", text) }
        return Finding(
            .warning, store, "clock", text, advice: "Set both clocks by NTP: due jobs start by Redis' clock.")
    }
}
