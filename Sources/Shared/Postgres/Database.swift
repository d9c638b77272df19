import Runtime

/// The database: statements by themselves run on it directly, transactions through `transaction`.
///
/// Every loop has connections of its own. A task on a loop uses those without a hop; a task from elsewhere, a test or a
/// tool, uses the loops in turn.
public final class Database: SQLRunner {
    public let config: DatabaseConfig
    public let meters: PoolMeters
    let loops: LoopGroup
    /// Resolve names.
    let threads: ThreadPool
    private let shards: [Shard]
    private let cancelThreads = ThreadPool(name: "postgres-cancel", threads: 1, queueLimit: 64)

    /// Connects when it is first used; `check` does so at once.
    public init(
        _ config: DatabaseConfig, loops: LoopGroup, threads: ThreadPool, metrics: MetricsRegistry? = nil,
        log: Logger = .silent
    ) {
        self.config = config
        self.loops = loops
        self.threads = threads
        let meters = PoolMeters(loops: loops.loops.count, metrics)
        self.meters = meters
        let count = loops.loops.count
        shards = loops.loops.map { [cancelThreads] loop in
            // What does not divide evenly goes to the first loops.
            let size = max(1, config.poolSize / count + (loop.index < config.poolSize % count ? 1 : 0))
            let pool = Pool(
                config, size: size, threads: threads, cancelThreads: cancelThreads, meters: meters, log: log)
            return Shard(pool: LoopBound(pool, to: loop), config: config)
        }
    }

    deinit {
        for shard in shards {
            shard.loop.execute { [pool = shard.pool] domain in pool.value(on: domain).closeAll(on: domain) }
        }
        cancelThreads.stop()
    }

    var shard: Shard { shards[loops.next().index] }

    func shard(of loop: EventLoop) -> Shard { shards[loop.index] }

    /// Whether the server can be reached and used; what a process asks before it serves.
    public func check(within limit: Duration? = nil) async throws { try await shard.check(within: limit) }

    /// Refuses new statements, waits up to `grace` for those under way, and closes all connections.
    public func close(grace: Duration = .seconds(5)) async {
        let deadline = MonotonicTime.now + grace
        for shard in shards { await Self.close(shard, by: deadline, on: shard.loop.domain) }
    }

    private static func close(_ shard: Shard, by deadline: MonotonicTime, on domain: isolated LoopDomain) async {
        await shard.pool.value(on: domain).shutDown(by: deadline, on: domain)
    }

    // MARK: Statements

    public func query(_ statement: SQL, within limit: Duration?) async throws -> Rows {
        try await shard.perform(Order(.statement(statement), within: limit))
    }

    public func read(_ statement: SQL, within limit: Duration?) async throws -> Rows {
        try await shard.perform(Order(.read(statement), within: limit))
    }
}
