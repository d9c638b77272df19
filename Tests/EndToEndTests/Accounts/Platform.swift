import Glibc
import HTTP
import JSON
import Runtime
import Synchronization
import TestSupport
import Testing

/// The processes that accounts need, as `make run` starts them, on the stores of the test.
final class Platform: Sendable {
    static let loops = LoopGroup(count: 2)
    static let http = HTTPClient(on: loops)

    let url: String
    let provider: Provider
    let databaseURL: String
    private let variables: [String: String]
    /// What its processes read, but for the stores.
    var environment: [String: String] { variables }
    private let processes = Mutex<[String: TestProcess]>([:])
    private static let names = ["api", "worker-email", "worker-maintenance", "scheduler"]

    init(_ more: [String: String] = [:]) async throws {
        let stores = try TestStores.current
        let port = try FreePort.next()
        provider = try await Provider()
        databaseURL = stores.databaseURL
        url = "http://127.0.0.1:\(port)"
        // Everybody has an address of their own, which a trusted proxy would say.
        let own = [
            "APP_ENV": "test", "PORT": "\(port)", "API_URL": url, "REDIS_PREFIX": stores.redisPrefix,
            "TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMIT_MAX_REQUESTS": "6000", "LEASE_SECONDS": "2",
        ]
        variables = own.merging(provider.variables) { $1 }.merging(more) { $1 }
        try await TestProcess(ours: "yardctl", ["migrate"], environment: variables).waitForExit()
        for name in Self.names { try start(name) }
        for name in Self.names { try await process(name).waitForLine(containing: #""ready""#) }
    }

    func start(_ name: String) throws {
        let process = try TestProcess(ours: name, environment: variables)
        processes.withLock { $0[name] = process }
    }

    func process(_ name: String) throws -> TestProcess {
        try #require(processes.withLock { $0[name] }, "\(name) was not started")
    }

    /// As nobody can prepare for.
    func kill(_ name: String) async throws {
        let process = try process(name)
        process.send(SIGKILL)
        #expect(try await process.waitForExit() == .signal(SIGKILL))
    }

    /// In the order in which foreman ends them: all at once. None may have failed at anything.
    func stop() async throws {
        let all = processes.withLock { $0.values.map { $0 } }
        for process in all { process.send(SIGTERM) }
        for process in all {
            #expect(try await process.waitForExit() == .code(0), "\(process.name)")
            #expect(process.lines.filter { $0.contains(#""level":"error""#) } == [])
        }
    }

    // MARK: What was sent

    /// The token in the last link to a page that was mailed to somebody.
    func token(to email: String, for page: String) async throws -> String {
        let link = try await eventuallySome("a link to \(page) for \(email)") {
            try lines(of: "worker-email", with: email).last { $0["link"]?.string?.contains("/\(page)?token=") == true }
        }
        return try #require(link["link"]?.string?.split(separator: "=").last.map(String.init))
    }

    /// The subjects of the mails to somebody, in their order.
    func subjects(to email: String) throws -> [String] {
        try lines(of: "worker-email", with: email).compactMap { $0["subject"]?.string }
    }

    /// The digits that were sent to a number last, once there are so many messages.
    func code(to phone: String, message: Int = 1) async throws -> String {
        let line = try await eventuallySome("a text message to \(phone)") {
            let found = try lines(of: "worker-email", with: phone)
            return found.count >= message ? found.last : nil
        }
        return String(try #require(line["text"]?.string).prefix(6))
    }

    private func lines(of name: String, with receiver: String) throws -> [JSONValue] {
        try process(name).lines.filter { $0.contains(receiver) }
            .compactMap { try? JSONCoder.decode(JSONValue.self, from: Array($0.utf8)) }
            .filter { $0["to"]?.string == receiver }
    }
}

/// One platform for all tests of a suite.
struct SharedPlatform: SuiteTrait, TestScoping {
    let isRecursive = false
    @TaskLocal static var current: Platform?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let stores: OwnStores = .ownStores
        try await stores.provideScope(for: test, testCase: testCase) {
            let platform = try await Platform(["ADMIN_ALLOWED_IPS": "10.0.0.0/8"])
            try await Self.$current.withValue(platform, operation: function)
            try await platform.stop()
        }
    }
}

extension Trait where Self == SharedPlatform {
    static var sharedPlatform: Self { SharedPlatform() }
}

extension Platform {
    static var current: Platform {
        get throws { try #require(SharedPlatform.current, "the suite has no platform") }
    }
}

/// All that is done over HTTP with the real processes, side by side.
@Suite(.sharedPlatform) enum AccountFlows {}
