import Runtime
import Synchronization
import TestSupport

@testable import Postgres

/// What the tests of this module share: two loops, and threads that resolve names.
enum Arrangement {
    static let loops = LoopGroup(count: 2)
    static let oneLoop = LoopGroup(count: 1)
    static let threads = ThreadPool(name: "resolve", threads: 4)
}

/// Lends a client of the test's own database, or of the server at `url`, and closes it.
func withDatabase<Value>(
    at url: String? = nil, loops: LoopGroup = Arrangement.loops, _ adjust: (inout DatabaseConfig) -> Void = { _ in },
    _ body: (Database) async throws -> Value
) async throws -> Value {
    var config = DatabaseConfig(url: try url ?? TestStores.current.databaseURL)
    config.poolSize = 4
    // A server that is there lets one in, however busy the machine is with other tests.
    config.connectLimit = .seconds(60)
    config.waitLimit = .seconds(60)
    adjust(&config)
    let database = Database(config, loops: loops, threads: Arrangement.threads)
    do {
        let value = try await body(database)
        await database.close()
        return value
    } catch {
        await database.close(grace: .milliseconds(100))
        throw error
    }
}

/// The error that `body` throws, if it is one of the database's.
func postgresError(_ body: () async throws -> some Any) async throws -> PostgresError? {
    do {
        _ = try await body()
        return nil
    } catch let error as PostgresError {
        return error
    }
}

/// Counts across tasks.
final class Tally: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .relaxed) }

    @discardableResult
    func add() -> Int { value.add(1, ordering: .relaxed).newValue }
}

/// Lets so many tasks go on together.
actor Barrier {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { missing = count }

    func arrive() async {
        missing -= 1
        guard missing > 0 else {
            for continuation in waiting { continuation.resume() }
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }
}

/// Tells many tasks that something is so.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isRaised: Bool { value.load(ordering: .relaxed) }

    func raise() { value.store(true, ordering: .relaxed) }
}
