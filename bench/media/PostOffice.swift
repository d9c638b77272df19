import BenchSupport
import Crypto
import Glibc
import Model
import Postgres
import Queue
import Redis
import Runtime

/// People with devices and addresses, who are owed pushes and mails; the workers that send them, and whoever takes them.
struct PostOffice {
    /// Somebody in a group in which something was said.
    struct Member: RowDecodable {
        let user: ID<User>
        let session: ID<Session>
        let conversation: ID<Conversation>

        init(row: Row) throws(RowError) {
            user = try row["user_id"]
            session = try row["session_id"]
            conversation = try row["conversation_id"]
        }
    }

    let folder: String
    let members: [Member]
    let database: Database
    let durable: DurableQueue
    private let redis: RedisClient

    static func open() async throws -> PostOffice {
        let folder = "/tmp/switchyard-bench-\(getpid())"
        guard mkdir(folder, 0o700) == 0 else { throw SystemError.last("mkdir \(folder)") }
        _ = try Program.output("\(ownFolder)/yardctl migrate 2>&1")
        _ = try Program.output("\(ownFolder)/yardctl demo --users 2000 --group 10 --tokens \(folder)/tokens 2>&1")
        let (url, redis) = (try variable("DATABASE_URL"), try RedisOptions(url: try variable("REDIS_URL")))
        let database = Database(
            DatabaseConfig(url: url), loops: LoopGroup(count: 1), threads: ThreadPool(name: "names", threads: 1))
        let members = try await unread(on: database)
        return PostOffice(folder, members, database, redis)
    }

    private init(_ folder: String, _ members: [Member], _ database: Database, _ options: RedisOptions) {
        self.folder = folder
        self.members = members
        self.database = database
        let loops = LoopGroup(count: 1)
        redis = RedisClient(options, on: loops)
        durable = DurableQueue(
            database: database, client: QueueClient(redis: redis, loops: loops, prefix: "sw:"), loops: loops,
            name: "bench-media", logger: .silent)
        durable.start()
    }

    /// Something was said in every group, by its first member, and the others have not read it.
    private static func unread(on database: Database) async throws -> [Member] {
        try await database.run(
            script: """
                insert into messages (conversation_id, seq, id, rev, sender_id, type, content, created_at)
                select m.conversation_id, 1, gen_random_uuid(), 2, min(m.user_id::text)::uuid, 'text', 'Lunch at noon?', now()
                from members m group by m.conversation_id;
                update conversations set last_seq = 1, last_rev = 2;
                """)
        return try await database.all(
            """
            select m.user_id, s.id as session_id, m.conversation_id
            from members m
            join sessions s on s.user_id = m.user_id
            join messages n on n.conversation_id = m.conversation_id and n.sender_id <> m.user_id
            """)
    }

    func close() async {
        await durable.stop()
        await database.close()
        redis.close()
        _ = try? Program.output("rm -rf \(folder)")
    }

    // MARK: For both

    /// How many jobs of a kind a worker ends in a second, between the first tenth and the last: what it takes to start, and the end
    /// when there is little left to do at once, are left out.
    func rate(of kind: String, by worker: () throws -> WebProcess) async throws -> (perSecond: Double, cpu: Double) {
        await durable.untilPushed()
        let all = try await left(kind)
        let process = try worker()
        var (first, cpu) = (try await point(kind, below: all * 9 / 10), try process.cpu)
        first.cpu = cpu
        let last = try await point(kind, below: all / 10)
        cpu = try process.cpu
        let done = Double(first.left - last.left)
        _ = try await point(kind, below: 1)
        return (done / (last.time - first.time).inSeconds, (cpu - first.cpu).inSeconds * 1_000_000 / done)
    }

    private func point(
        _ kind: String, below most: Int
    ) async throws -> (time: MonotonicTime, left: Int, cpu: Duration) {
        let deadline = MonotonicTime.now + .minutes(5)
        while true {
            let left = try await left(kind)
            if left <= most { return (.now, left, .zero) }
            guard MonotonicTime.now < deadline else {
                throw Program.Failed(
                    description: "\(left) jobs are left: \(try Program.output("tail -c 600 \(folder)/*.log"))")
            }
            usleep(20_000)
        }
    }

    private func left(_ kind: String) async throws -> Int {
        let letters: Int = try await database.one("select count(*) from dead_letters where kind = \(kind)")
        guard letters == 0 else { throw Program.Failed(description: "\(letters) of \(kind) have died") }
        return try await database.one("select count(*) from outbox where kind = \(kind)")
    }

    static var ownFolder: String {
        CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = getenv(name) else {
            throw Program.Failed(description: "\(name) is not set: run `make bench-media`")
        }
        return String(cString: value)
    }
}
