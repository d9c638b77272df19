import Runtime

/// Redis for a whole process: one connection per loop, shared by all tasks there. What the tasks of a loop ask in one
/// turn goes out in one write. A task from elsewhere takes the loops in turn. Connects when first used, and again, with growing pauses, when the connection is lost.
package final class RedisClient: RedisCaller {
    package let options: RedisOptions
    private let group: LoopGroup
    private let shards: [LoopBound<RedisShard>]

    package init(_ options: RedisOptions, on group: LoopGroup) {
        self.options = options
        self.group = group
        shards = group.loops.map { LoopBound(RedisShard(options), to: $0) }
    }

    deinit { closeShards() }

    package func call(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        let shard = shards[group.next().index]
        if shard.loop.isCurrent { return try await Self.call(shard, within: limit, on: shard.loop.domain, encode) }
        return try await withTaskExecutorPreference(shard.loop) {
            try await Self.call(shard, within: limit, on: shard.loop.domain, encode)
        }
    }

    package func pipeline(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        let shard = shards[group.next().index]
        return try await withTaskExecutorPreference(shard.loop) {
            try await Self.pipeline(shard, within: limit, on: shard.loop.domain, encode)
        }
    }

    /// For code that is in a loop's domain already: nothing has to be sendable.
    package func call(
        within limit: Duration? = nil, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        let shard = shard(on: domain)
        return try await shard.call(within: limit, on: domain, encode)
    }

    /// Ends all connections; whoever waits gets an error, and so does whoever calls from now on.
    package func close() { closeShards() }

    private func closeShards() {
        for shard in shards {
            shard.loop.execute { shard.value(on: $0).close(on: $0) }
        }
    }

    private func shard(on domain: isolated LoopDomain) -> RedisShard {
        let bound = shards[domain.loop.index]
        let shard = bound.value(on: domain)
        shard.anchor = bound
        return shard
    }

    private static func call(
        _ bound: LoopBound<RedisShard>, within limit: Duration?, on domain: isolated LoopDomain,
        _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        let shard = bound.value(on: domain)
        shard.anchor = bound
        return try await shard.call(within: limit, on: domain, encode)
    }

    private static func pipeline(
        _ bound: LoopBound<RedisShard>, within limit: Duration?, on domain: isolated LoopDomain,
        _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        let shard = bound.value(on: domain)
        shard.anchor = bound
        return try await shard.callAll(within: limit, on: domain, encode)
    }
}
