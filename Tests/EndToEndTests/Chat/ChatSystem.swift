import Glibc
import Runtime
import Synchronization
import TestSupport
import Testing

/// The processes that conversations need, several of a kind, on stores of the test.
final class ChatSystem: Sendable {
    /// What runs, and what each is called here.
    private static let kinds = ["api": 2, "worker-fanout": 2, "scheduler": 1]

    let ports: [UInt16]
    let folder: ScratchFolder
    private let variables: [String: String]
    private let processes = Mutex<[String: TestProcess]>([:])

    /// `besides` counts processes of other kinds.
    init(
        redisURL: String? = nil, besides others: [String: Int] = [:], variables more: [String: String] = [:]
    ) async throws {
        let stores = try TestStores.current
        ports = [try FreePort.next(), try FreePort.next()]
        folder = try ScratchFolder("chat")
        var variables = [
            "APP_ENV": "test", "API_URL": "http://127.0.0.1:\(ports[0])", "REDIS_PREFIX": stores.redisPrefix,
            "JWT_SECRET": "a secret that is long enough for a test", "RATE_LIMIT_MAX_REQUESTS": "0",
            "REALTIME_MESSAGES_PER_SECOND": "0", "LEASE_SECONDS": "2", "LOG_LEVEL": "info",
        ]
        if let redisURL { variables["REDIS_URL"] = redisURL }
        variables.merge(more) { $1 }
        self.variables = variables
        try await yardctl("migrate")
        let kinds = Self.kinds.merging(others) { $1 }
        for (kind, count) in kinds { for number in 0..<count { try start("\(kind) \(number)") } }
        for name in names { try await process(name).waitForLine(containing: #""ready""#) }
    }

    private var names: [String] { processes.withLock { $0.keys.sorted() } }

    func yardctl(_ arguments: String...) async throws {
        let run = try TestProcess(ours: "yardctl", arguments, environment: variables)
        #expect(try await run.waitForExit() == .code(0), "\(run.errors)")
    }

    /// People in groups with the token of each, as `yardctl demo` makes them; the file's path.
    func people(_ count: Int, inGroupsOf size: Int) async throws -> String {
        let path = "\(folder.path)/tokens.tsv"
        try await yardctl("demo", "--users", "\(count)", "--group", "\(size)", "--tokens", path, "--yes")
        return path
    }

    // MARK: Processes

    /// `api 0`, `worker-fanout 1` and so on.
    func start(_ name: String) throws {
        let parts = name.split(separator: " ")
        var variables = variables
        if parts[0] == "api", let number = Int(parts[1]) { variables["PORT"] = "\(ports[number])" }
        let process = try TestProcess(ours: String(parts[0]), environment: variables)
        processes.withLock { $0[name] = process }
    }

    func process(_ name: String) throws -> TestProcess {
        try #require(processes.withLock { $0[name] }, "\(name) was not started")
    }

    /// As nobody can prepare for; another takes its place.
    func killAndReplace(_ name: String) async throws {
        let process = try process(name)
        process.send(SIGKILL)
        #expect(try await process.waitForExit() == .signal(SIGKILL))
        try start(name)
    }

    func signal(_ signal: Int32, all kind: String) throws {
        for name in names where name.hasPrefix(kind) { try process(name).send(signal) }
    }

    func stop() async throws {
        let all = processes.withLock { $0.values.map { $0 } }
        for process in all { process.send(SIGTERM) }
        for process in all {
            #expect(try await process.waitForExit() == .code(0), "\(process.name)")
            #expect(process.lines.filter { $0.contains(#""level":"error""#) } == [])
        }
    }
}
