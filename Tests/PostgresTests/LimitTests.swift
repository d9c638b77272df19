import Runtime
import TestSupport
import Testing

@testable import Postgres

/// Statements that take too long, and tasks that no longer want them.
@Suite(.ownStores) struct LimitTests {
    private func running(_ text: String) async throws -> Int {
        let count = try await Psql.run(
            "select count(*) from pg_stat_activity where state = 'active' and query like '%\(text)%' "
                + "and pid <> pg_backend_pid() and datname = current_database()", on: TestStores.current.databaseURL)
        return Int(count.filter { $0.isNumber }) ?? -1
    }

    @Test func `a statement over its limit is answered at once, and ended on the server`() async throws {
        try await withDatabase { database in
            let error = try await postgresError {
                try await database.run("select pg_sleep(600), 'marker one'", within: .milliseconds(100))
            }
            #expect(error?.kind == .timeout)
            #expect(error?.statement == "select pg_sleep(600), 'marker one'")
            try await eventually { try await running("marker one") == 0 }
            #expect(try await database.one("select 1", as: Int.self) == 1)
        }
    }

    @Test func `a cancelled task's statement is ended on the server`() async throws {
        try await withDatabase { database in
            let task = Task { try await database.run("select pg_sleep(60), 'marker two'") }
            try await eventually { try await running("marker two") == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually { try await running("marker two") == 0 }
        }
    }

    @Test func `statements behind a cancelled one still get their answers`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.run("select 1")
            let slow = Task { try await database.run("select pg_sleep(60)", within: .milliseconds(200)) }
            try await withThrowingTaskGroup { group in
                for number in 0..<50 {
                    group.addTask {
                        let back: Int = try await database.one("select \(number)")
                        #expect(back == number)
                    }
                }
                try await group.waitForAll()
            }
            await #expect(throws: PostgresError.self) { try await slow.value }
            #expect(database.meters.connects == 1)
        }
    }

    @Test func `a cancelled wait for a connection ends, and the next one in line gets it`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.transaction { _ in
                let waiting = Task { try await database.transaction { try await $0.run("select 1") } }
                try await eventually { database.meters.waiting == 1 }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
            }
            try await database.transaction { _ = try await $0.run("select 1") }
        }
    }

    @Test func `waiting for a connection has its limit`() async throws {
        let adjust = { (config: inout DatabaseConfig) in
            config.poolSize = 1
            config.waitLimit = .seconds(1)
        }
        try await withDatabase(loops: Arrangement.oneLoop, adjust) { database in
            try await eventually("the first connection") {
                try await postgresError { try await database.check() } == nil
            }
            try await database.transaction { _ in
                let statement = try await postgresError { try await database.run("select 1") }
                let transaction = try await postgresError { try await database.transaction { _ in } }
                #expect(statement?.kind == .timeout)
                #expect(transaction?.kind == .timeout)
            }
            #expect(try await database.one("select 1", as: Int.self) == 1)
        }
    }

    @Test func `a limit within a transaction undoes it and frees the connection`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.run("create table things (id int)")
            let error = try await postgresError {
                try await database.transaction { transaction in
                    try await transaction.run("insert into things values (1)")
                    try await transaction.run("select pg_sleep(60)", within: .milliseconds(100))
                }
            }
            #expect(error?.kind == .timeout)
            #expect(try await database.one("select count(*) from things", as: Int.self) == 0)
            #expect(database.meters.connects == 1)
        }
    }

    @Test func `a wrong password or database is said at once, without the password`() async throws {
        let url = try TestStores.current.databaseURL
        let tcp = try #require(Environment["SWITCHYARD_TEST_DATABASE_TCP_URL"])
        let parts = tcp.split(separator: "@", maxSplits: 1)
        for wrong in [
            url.replacing("/test_", with: "/absent_"), "postgresql://switchyard:not-it@\(parts[1])", "post gres:not-it",
        ] {
            try await withDatabase(at: wrong) { database in
                let error = try await postgresError { try await database.check() }
                #expect(error?.kind == .unusableServer, "\(String(describing: error))")
                #expect(error.map { !"\($0)".contains("not-it") } == true)
            }
        }
    }

    @Test func `whether the server is there is not asked behind a statement that waits for a lock`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.run("create table things (id int)")
            try await withDatabase { other in
                let blocked = try await other.transaction { transaction in
                    try await transaction.run("lock table things")
                    let blocked = Task { try await database.run("insert into things values (1), (2)") }
                    try await eventually {
                        try await transaction.one(
                            "select count(*) from pg_locks where not granted and relation = 'things'::regclass",
                            as: Int.self) == 1
                    }
                    // First it is enough that an answer came a moment ago, then it connects for itself.
                    try await eventually {
                        try await database.check(within: .seconds(20))
                        return database.meters.connects == 2
                    }
                    return blocked
                }
                #expect(try await blocked.value == 2)
            }
            #expect(database.meters.open == 1)
        }
    }
}
