import Crypto
import Glibc
import Postgres
import Queue
import Redis
import Runtime
import Synchronization

/// What a command works with. Stores are connected when a command first needs them, so that none needs both for nothing.
final class Session: Sendable {
    let console: Console
    let environment: ConfigEnvironment
    let loops: LoopGroup
    private let opened = Mutex(Opened())

    private struct Opened {
        var redis: (client: RedisClient, prefix: String)?
        var database: Database?
    }

    /// An operator does not wait as long as a worker does.
    static let patience = Duration.seconds(3)

    init(console: Console, environment: ConfigEnvironment, loops: LoopGroup) {
        self.console = console
        self.environment = environment
        self.loops = loops
    }

    // MARK: Configuration

    func load<Group: ConfigGroup>(_ group: Group.Type = Group.self) throws(ConfigError) -> Group {
        var reader = ConfigReader(environment)
        return try reader.load(group)
    }

    /// For messages: without the password.
    var redisPlace: String { (try? load(RedisConfig.self))?.options.description ?? "REDIS_URL" }

    // MARK: Stores

    func redis() throws -> RedisClient { try openRedis().client }
    func prefix() throws -> String { try openRedis().prefix }

    private func openRedis() throws -> (client: RedisClient, prefix: String) {
        if let redis = opened.withLock({ $0.redis }) { return redis }
        let config = try load(RedisConfig.self)
        var options = config.options
        options.clientName = "yardctl"
        options.connectLimit = Self.patience
        options.callLimit = Self.patience
        let redis = (client: RedisClient(options, on: loops), prefix: config.prefix)
        opened.withLock { $0.redis = redis }
        return redis
    }

    func database() throws -> Database {
        if let database = opened.withLock({ $0.database }) { return database }
        var config = try load(DatabaseConfig.self)
        config.applicationName = "yardctl"
        config.poolSize = 2
        config.connectLimit = Self.patience
        config.waitLimit = Self.patience
        let database = Database(config, loops: loops, threads: ThreadPool(name: "names", threads: 1))
        opened.withLock { $0.database = database }
        return database
    }

    /// Nil where `DATABASE_URL` is not set: Redis alone tells much.
    func databaseIfSet() throws -> Database? {
        var reader = ConfigReader(environment)
        return reader.readIfSet("DATABASE_URL", .secret()) == nil ? nil : try database()
    }

    // MARK: Parts of the queue

    func directory() throws -> QueueDirectory { QueueDirectory(redis: try redis(), prefix: try prefix()) }
    func workers() throws -> WorkerDirectory { WorkerDirectory(redis: try redis(), prefix: try prefix()) }
    func finder() throws -> JobFinder { JobFinder(redis: try redis(), prefix: try prefix()) }
    func operations() throws -> JobOperations { JobOperations(redis: try redis(), prefix: try prefix()) }
    func desk() throws -> JobDesk {
        JobDesk(redis: try redis(), prefix: try prefix(), database: try databaseIfSet())
    }
    func control(_ queue: QueueName) throws -> QueueControl {
        QueueControl(queue, redis: try redis(), prefix: try prefix(), database: try databaseIfSet())
    }
    /// Before a setting is changed.
    func noteWhereItIsKept() throws {
        guard try databaseIfSet() == nil else { return }
        console.note("DATABASE_URL is not set: Redis alone keeps this, and forgets it with its memory.")
    }
    func waitingJobs(of queue: QueueName) throws -> WaitingJobs {
        WaitingJobs(queue, redis: try redis(), prefix: try prefix(), database: try databaseIfSet())
    }

    func client(memory: QueueMemory? = nil) throws -> QueueClient {
        let keys = try load(PayloadKeys.self).keys
        return QueueClient(
            redis: try redis(), loops: loops, prefix: try prefix(), encoder: JobEncoder(sealing: keys),
            payloads: try databaseIfSet().map { PayloadStore(database: $0) },
            memory: memory)
    }

    /// For whoever enqueues: what Redis has no room for is refused, as by every process.
    func memory() async throws -> QueueMemory {
        let memory = QueueMemory(bound: try load(QueueBound.self).bytes, logger: .silent)
        try await memory.look(at: try redis())
        return memory
    }

    /// A durable queue for the time of a call: what it has to push is pushed when this returns.
    func withDurable<Value: Sendable>(
        memory: QueueMemory? = nil, _ body: (DurableQueue) async throws -> Value
    ) async throws -> Value {
        let queue = DurableQueue(
            database: try database(), client: try client(memory: memory), loops: loops, name: "yardctl \(getpid())",
            logger: .silent)
        queue.start()
        do {
            let value = try await body(queue)
            await queue.stop()
            return value
        } catch {
            await queue.stop()
            throw error
        }
    }

    /// The same, or nil where `DATABASE_URL` is not set.
    func withDurableIfSet<Value: Sendable>(_ body: (DurableQueue?) async throws -> Value) async throws -> Value {
        guard try databaseIfSet() != nil else { return try await body(nil) }
        return try await withDurable(body)
    }

    /// The queue that is asked for, if there is one of that name; a name that is close to another is a mistake.
    func existing(_ queue: QueueName) async throws -> QueueName {
        let known = try await directory().queues()
        if known.contains(queue) { return queue }
        let hint = Suggestion.nearest(to: queue.name, among: known.map(\.name)).map { "Did you mean \($0)?" }
        throw CommandFailure(
            "there is no queue \(queue.name)",
            hint: hint ?? "yardctl queues lists those there are: a queue appears with its first job or worker.",
            code: .finding)
    }
}
