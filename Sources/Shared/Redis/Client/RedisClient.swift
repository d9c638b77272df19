import Runtime

/// Redis for a whole process: one connection per loop, shared by all tasks there. What the tasks of a loop ask in one
/// turn goes out in one write. A task from elsewhere takes the loops in turn. Connects when first used, and again, with growing pauses, when the connection is lost.
public final class RedisClient: RedisCaller {
    public let options: RedisOptions
    private let group: LoopGroup
    private let shards: [LoopBound<RedisShard>]

    public init(_ options: RedisOptions, on group: LoopGroup) {
        self.options = options
        self.group = group
        shards = group.loops.map { LoopBound(RedisShard(options), to: $0) }
    }

    deinit { closeShards() }

    public func call(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        try await callDirectly(within: limit, encode)
    }

    public func ping(within limit: Duration? = nil) async throws {
        _ = try await callDirectly(within: limit) { $0.command("PING", expecting: 0) }
    }

    /// Inlined, because every function that suspends costs another visit to the executor.
    @inline(__always)
    private func callDirectly(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        guard let index = group.currentIndex else { return try await callFromOutside(within: limit, encode) }
        guard !Task.isCancelled else { throw CancellationError() }
        // No hop into the domain and back unless something is amiss: each costs more than the command.
        let shard = shards[index]
        var deadline = MonotonicTime.distantFuture
        let attempt: Result<RedisValue, any Error>
        do {
            let answer = try await withUnsafeThrowingContinuation { continuation in
                deadline = shard.onCurrentLoop { shard, domain in
                    shard.begin(continuation, within: limit, on: domain, encode)
                }
            }
            guard case .error = answer else { return answer }
            attempt = .success(answer)
        } catch { attempt = .failure(error) }
        return try await Self.call(shard, after: attempt, until: deadline, on: shard.loop.domain, encode)
    }

    private func callFromOutside(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        let shard = shards[group.next().index]
        let deadline = MonotonicTime.now + (limit ?? options.callLimit)
        return try await withTaskExecutorPreference(shard.loop) {
            try await Self.call(shard, until: deadline, on: shard.loop.domain, encode)
        }
    }

    public func pipeline(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        let shard = shards[group.next().index]
        let deadline = MonotonicTime.now + (limit ?? options.callLimit)
        return try await withTaskExecutorPreference(shard.loop) {
            try await Self.pipeline(shard, until: deadline, on: shard.loop.domain, encode)
        }
    }

    /// For code that is in a loop's domain already: nothing has to be sendable.
    ///
    /// Inlined into the caller, since each function that suspends costs three visits to the executor: one on the way in,
    /// one after the wait, one on the way back.
    @inlinable @inline(__always)
    public func call(
        within limit: Duration? = nil, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        guard !Task.isCancelled else { throw CancellationError() }
        let shard = shard(on: domain)
        var deadline = MonotonicTime.distantFuture
        let attempt: Result<RedisValue, any Error>
        do {
            let answer = try await withUnsafeThrowingContinuation { continuation in
                deadline = shard.begin(continuation, within: limit, on: domain, encode)
            }
            guard case .error = answer else { return answer }
            attempt = .success(answer)
        } catch { attempt = .failure(error) }
        return try await shard.call(after: attempt, until: deadline, on: domain, encode)
    }

    public func shard(on domain: isolated LoopDomain) -> RedisShard {
        Self.shard(shards[domain.loop.index], on: domain)
    }

    /// Ends all connections; whoever waits gets an error, and so does whoever calls from now on.
    public func close() { closeShards() }

    private func closeShards() {
        for shard in shards {
            shard.loop.execute { shard.value(on: $0).close(on: $0) }
        }
    }

    // MARK: On the loop

    private static func shard(_ bound: LoopBound<RedisShard>, on domain: isolated LoopDomain) -> RedisShard {
        let shard = bound.value(on: domain)
        if shard.anchor == nil { shard.anchor = bound }
        return shard
    }

    private static func call(
        _ bound: LoopBound<RedisShard>, after attempt: Result<RedisValue, any Error>? = nil,
        until deadline: MonotonicTime, on domain: isolated LoopDomain,
        _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        try await shard(bound, on: domain).call(after: attempt, until: deadline, on: domain, encode)
    }

    private static func pipeline(
        _ bound: LoopBound<RedisShard>, until deadline: MonotonicTime, on domain: isolated LoopDomain,
        _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        try await shard(bound, on: domain).callAll(until: deadline, on: domain, encode)
    }
}
