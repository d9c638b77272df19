import APIFrame
import Crypto
import HTTP
import JSON
import Model
import Postgres
import Queue
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

/// The loops of all tests of this module.
enum Loops {
    static let group = LoopGroup(count: 2)
    static let threads = ThreadPool(name: "resolve", threads: 2)
}

/// An API of a test's own, on the stores of the test.
struct TestAPI: Sendable {
    let frame: APIFrame
    let database: Database
    let redis: RedisClient
    let durable: DurableQueue
    let tokens: TestTokens
    let metrics = MetricsRegistry()
    let events = Events()

    init(
        _ tables: [APIRoutes] = [TestRoutes().table], redisURL: String? = nil, databaseURL: String? = nil,
        tokens: TestTokens = TestTokens(),
        _ adjust: (inout FrameOptions) -> Void = { _ in }
    ) throws {
        let stores = try TestStores.current
        var config = DatabaseConfig(url: databaseURL ?? stores.databaseURL)
        var redisOptions = try RedisOptions(url: redisURL ?? stores.redisURL)
        // The stores of the run answer, however busy the machine is with other tests.
        if databaseURL == nil { config.waitLimit = .seconds(60) }
        if redisURL == nil { redisOptions.callLimit = .seconds(60) }
        database = Database(config, loops: Loops.group, threads: Loops.threads)
        redis = RedisClient(redisOptions, on: Loops.group)
        let queue = QueueClient(redis: redis, loops: Loops.group, prefix: stores.redisPrefix, encoder: JobEncoder())
        let log = Logger(level: .debug, sink: events)
        durable = DurableQueue(database: database, client: queue, loops: Loops.group, name: "test", logger: log)
        self.tokens = tokens
        var options = FrameOptions(cursorKeys: [SecretBytes(copying: [UInt8](repeating: 7, count: 32))])
        options.isStrict = true
        adjust(&options)
        frame = APIFrame(
            options, tables, tokens: tokens, durable: durable, redis: redis, redisPrefix: stores.redisPrefix,
            loops: Loops.group, metrics: metrics, log: log)
    }

    /// With all tables.
    static func migrated(_ tables: [APIRoutes] = [TestRoutes().table]) async throws -> TestAPI {
        let api = try TestAPI(tables)
        _ = try await Migrator(api.database, AllMigrations.sets).run()
        try await api.database.run(script: "create table things (id uuid primary key, name text not null)")
        return api
    }

    /// One request, as the server would hand it on.
    func send(
        _ method: HTTPMethod, _ path: String, _ headers: HTTPHeaders = [:], body: String? = nil,
        from client: String? = nil,
        loop: Int = 0
    ) async -> Answer {
        let loop = Loops.group.loops[loop]
        let answer = Mutex<Answer?>(nil)
        let frame = frame
        await loop.spawn {
            let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            var headers = headers
            if body != nil, headers["Content-Type"] == nil { headers.add("Content-Type", "application/json") }
            let request = Request(
                method, String(parts[0]), query: parts.count == 2 ? String(parts[1]) : nil, headers: headers,
                client: client.flatMap { IPAddress($0) }, body: RequestBody(Array((body ?? "").utf8)), loop: loop)
            let given: Answer?
            switch frame.begin(request) {
            case .answer(let response): given = Answer(response)
            case .pending(let begin):
                given = await withUnsafeContinuation { continuation in
                    begin { continuation.resume(returning: Answer($0)) }
                }
            case .work(let work): given = (try? await work()).map(Answer.init)
            }
            answer.withLock { $0 = given }
        }.value
        guard let answer = answer.withLock({ $0 }) else { preconditionFailure("the task has ended") }
        return answer
    }

    /// What is said where the server itself cannot go on.
    func answer(_ status: Int, _ reason: String, from client: String? = nil, unsent: HTTPHeaders? = nil) async -> Answer
    {
        let (loop, frame) = (Loops.group.loops[0], frame)
        let answer = Mutex<Answer?>(nil)
        await loop.spawn {
            let client = client.flatMap { IPAddress($0) }
            let fault = ServerFault(status: status, reason: reason, client: client, loop: loop, unsent: unsent)
            let said = Answer(frame.answer(to: fault))
            answer.withLock { $0 = said }
        }.value
        guard let answer = answer.withLock({ $0 }) else { preconditionFailure("the task has ended") }
        return answer
    }
}

/// An answer, as tests look at it.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]

    init(_ response: Response) {
        status = response.status
        headers = response.headers
        if case .bytes(let bytes) = response.body { self.bytes = bytes } else { bytes = [] }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSONValue { (try? JSONCoder.decode(JSONValue.self, from: bytes)) ?? .null }
    var code: String? { json["code"]?.string }
    /// `field code` of each.
    var errors: [String] {
        guard case .array(let errors)? = json["errors"] else { return [] }
        return errors.map { "\($0["field"]?.string ?? "?") \($0["code"]?.string ?? "?")" }
    }
}

/// Knows a token for each person: their id.
final class TestTokens: TokenCheck {
    private let state = Mutex((revoked: Set<ID<Session>>(), admins: Set<ID<User>>(), checks: 0))

    var checks: Int { state.withLock { $0.checks } }

    func revoke(_ session: ID<Session>) { state.withLock { _ = $0.revoked.insert(session) } }
    func makeAdmin(_ user: ID<User>) { state.withLock { _ = $0.admins.insert(user) } }
    func unmakeAdmin(_ user: ID<User>) { state.withLock { _ = $0.admins.remove(user) } }

    /// `token.<person>.<session>.<milliseconds of its end>`
    func check(_ token: String, at now: Timestamp) throws(TokenRefusal) -> AccessToken {
        state.withLock { $0.checks += 1 }
        let parts = token.split(separator: ".")
        guard parts.count == 4, parts[0] == "token", let user = ID<User>(parts[1]), let session = ID<Session>(parts[2]),
            let milliseconds = Int64(parts[3])
        else { throw .invalid }
        let expiry = Timestamp(milliseconds: milliseconds)
        guard now < expiry else { throw .expired }
        return AccessToken(user: user, session: session, expiresAt: expiry)
    }

    func isRevoked(_ token: AccessToken) -> Bool? { state.withLock { $0.revoked.contains(token.session) } }

    func isAdmin(_ user: ID<User>) async throws -> Bool { state.withLock { $0.admins.contains(user) } }
}

/// Somebody who is signed in.
struct Person: Sendable {
    let id = ID<User>.new()
    let session = ID<Session>.new()

    func token(for lifetime: Duration = .minutes(15)) -> String {
        "token.\(id).\(session).\((Timestamp.now + lifetime).milliseconds)"
    }

    var bearer: HTTPHeaders { ["Authorization": "Bearer \(token())"] }
}

/// What was logged.
final class Events: LogSink {
    private let kept = Mutex<[LogEvent]>([])
    var all: [LogEvent] { kept.withLock { $0 } }
    func write(_ event: LogEvent) { kept.withLock { $0.append(event) } }
    func named(_ message: String) -> [LogEvent] { all.filter { "\($0.message)" == message } }
}
