import HTTP
import Redis
import Runtime

/// Says whether one more request is allowed. Mostly from what the loop has borrowed, without waiting for anything.
final class RateLimiter: Sendable {
    let limits: RateLimits
    private let redis: RedisClient
    private let prefix: String
    private let shards: [LoopBound<RateShard>]
    private let refusals: [Counter]
    private let alone: Counter

    init(_ limits: RateLimits, redis: RedisClient, prefix: String, loops: LoopGroup, metrics: MetricsRegistry) {
        self.limits = limits
        self.redis = redis
        self.prefix = prefix + "rate:"
        shards = loops.loops.map { LoopBound(RateShard(window: limits.window), to: $0) }
        let family = metrics.counters(
            "http_rate_limited_total", "Requests refused for there were too many.", labels: ["class"])
        refusals = RateClass.allCases.map { family.with($0.rawValue) }
        alone = metrics.counter(
            "http_rate_limit_alone_total", "Times a loop began to decide alone because Redis did not answer.")
    }

    enum Answer {
        case unlimited
        case verdict(RateVerdict)
        /// Only the shared bucket can say: see `ask`.
        case ask
    }

    /// What the loop knows by itself. The caller is on the request's loop.
    func check(_ limit: RateClass, _ subject: RateSubject, _ id: (UInt64, UInt64), on loop: EventLoop) -> Answer {
        guard let rule = limits.rule(limit, for: subject) else { return .unlimited }
        let key = RateKey(limit, subject, id)
        let shard = shards[loop.index]
        let now = MonotonicTime.now
        switch shard.lend({ $0.take(key, rule, isExact: limit == .guessing, at: now) }) {
        case .verdict(let verdict):
            if !verdict.isAllowed { count(limit) }
            return .verdict(verdict)
        case .verdictAndWish(let verdict, let count):
            loop.spawn { await self.borrow(count, key, rule, shard) }
            return .verdict(verdict)
        case .ask: return .ask
        }
    }

    /// What the shared bucket says; nil where the class has no limit.
    func ask(
        _ limit: RateClass, _ subject: RateSubject, _ id: (UInt64, UInt64), on loop: EventLoop
    ) async -> RateVerdict? {
        guard let rule = limits.rule(limit, for: subject) else { return nil }
        let verdict = await ask(RateKey(limit, subject, id), rule, shards[loop.index])
        if !verdict.isAllowed { count(limit) }
        return verdict
    }

    private func count(_ limit: RateClass) {
        if let index = RateClass.allCases.firstIndex(of: limit) { refusals[index].add() }
    }

    // MARK: Redis

    private func borrow(_ count: Int, _ key: RateKey, _ rule: RateRule, _ shard: LoopBound<RateShard>) async {
        do {
            let grant = try await take(count, key, rule)
            shard.lend { $0.granted(grant, wanted: count, key, rule, at: .now) }
        } catch {
            fail(key, rule, shard)
        }
    }

    private func ask(_ key: RateKey, _ rule: RateRule, _ shard: LoopBound<RateShard>) async -> RateVerdict {
        do {
            let grant = try await take(1, key, rule)
            return shard.lend { $0.answered(grant, key, rule, at: .now) }
        } catch {
            fail(key, rule, shard)
            return shard.lend { $0.takeAlone(key, rule, at: .now) }
        }
    }

    private func fail(_ key: RateKey, _ rule: RateRule, _ shard: LoopBound<RateShard>) {
        alone.add()
        shard.lend { $0.failed(key, rule, at: .now) }
    }

    private func take(_ count: Int, _ key: RateKey, _ rule: RateRule) async throws -> RateGrant {
        let name = prefix + key.text
        return try RateGrant(
            await redis.run(RateScript.take, keys: 1, within: limits.patience) { writer in
                writer.append(name)
                writer.append(rule.burst)
                writer.append(Int(rule.interval / 1000))
                writer.append(count)
            })
    }
}
