import Runtime
import TestSupport
import Testing

@testable import Postgres

@Suite(.ownStores) struct PoolTests {
    /// On a machine that is busy with other tests too, a thousand may take their time.
    private func patiently(_ config: inout DatabaseConfig) {
        config.waitLimit = .minutes(1)
        config.statementLimit = .minutes(1)
    }

    @Test func `a thousand tasks on a pool of four all get their own answer`() async throws {
        try await withDatabase(patiently) { database in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        let (back, _): (Int, String?) = try await database.one(
                            "select \(number), pg_sleep(0.001)::text")
                        #expect(back == number)
                        return back
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 499_500)
            #expect(database.meters.connects <= 4)
        }
    }

    @Test func `a thousand transactions on a pool of four all get their turn`() async throws {
        try await withDatabase(patiently) { database in
            try await database.run("create table counter as select 0 as value")
            try await withThrowingTaskGroup { group in
                for _ in 0..<1000 {
                    group.addTask {
                        try await database.transaction { transaction in
                            try await transaction.run("update counter set value = value + 1")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.one("select value from counter", as: Int.self) == 1000)
            #expect(database.meters.leased == 0)
        }
    }

    @Test func `statements sent without awaiting are done in their order`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop) { database in
            try await database.run("create table log (id serial, entry int)")
            try await database.transaction { transaction in
                try await transaction.run("select 1")
                try await withThrowingTaskGroup { group in
                    for entry in 0..<100 {
                        group.addTask { try await transaction.run("insert into log (entry) values (\(entry))") }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await database.one("select count(*) from log", as: Int.self) == 100)
        }
    }

    @Test func `one connection answers in the order of the questions`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            let loop = Arrangement.oneLoop.loops[0]
            let order = try await Task(executorPreference: loop) {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<200 {
                        group.addTask { try await database.one("select \(number)", as: Int.self) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }.value
            #expect(order == Array(0..<200))
        }
    }

    @Test func `a statement is prepared once per connection, and again when its table has changed`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.run("create table things (id int)")
            try await database.run("insert into things values (1)")
            func read() async throws -> Rows { try await database.query("select * from things") }
            for _ in 0..<10 { _ = try await read() }
            let prepared: Int = try await database.one(
                "select count(*) from pg_prepared_statements where statement like 'select * from things%'")
            #expect(prepared == 1)
            try await database.run("alter table things add column name text default 'new'")
            let rows = try await read()
            #expect(rows.columnCount == 2)
            try await database.run("deallocate all")
            #expect(try await read().count == 1)
        }
    }

    @Test func `only so many statements stay prepared`() async throws {
        var cache = StatementCache(limit: 2)
        let statements: [SQL] = ["select 1", "select 2", "select 3"]
        let first = cache.entry(for: statements[0]).entry
        _ = cache.entry(for: statements[1])
        #expect(cache.entry(for: statements[0]).entry === first)
        let (_, evicted) = cache.entry(for: statements[2])
        #expect(evicted?.statement.text == "select 2")
        #expect(cache.count == 2)
        #expect(cache.entry(for: statements[0]).entry === first)
    }

    @Test func `a failed statement leaves its neighbours in the pipeline alone`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await withThrowingTaskGroup { group in
                for number in 0..<100 {
                    group.addTask {
                        if number % 3 == 0 {
                            let error = try await postgresError { try await database.run("select 1 / \(0)") }
                            #expect(error?.sqlState?.rawValue == "22012")
                        } else {
                            #expect(try await database.one("select \(number)", as: Int.self) == number)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(database.meters.connects == 1)
        }
    }

    @Test func `callers beyond the limit are turned away at once`() async throws {
        let adjust = { (config: inout DatabaseConfig) in
            config.poolSize = 1
            config.waitersPerLoop = 10
        }
        try await withDatabase(loops: Arrangement.oneLoop, adjust) { database in
            let refused = Tally()
            let callers = try await database.transaction { _ in
                let callers = (0..<20).map { _ in
                    Task {
                        let error = try await postgresError { try await database.run("select 1") }
                        if error?.kind == .poolExhausted { refused.add() }
                    }
                }
                // The others wait for as long as the connection is taken.
                try await eventually { refused.count == 10 }
                return callers
            }
            for caller in callers { try await caller.value }
            #expect(refused.count == 10)
        }
    }

    @Test func `a statement outside does not hang on the transactions around it`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 2 }) { database in
            try await withThrowingTaskGroup { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await database.transaction { transaction in
                            try await transaction.run("select 1")
                            #expect(try await database.one("select 2", as: Int.self) == 2)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `who comes after the database was closed is refused at once, and waits for nothing`() async throws {
        try await withDatabase { database in
            try await database.run("select 1")
            await database.close(grace: .zero)
            // More than there are loops.
            for _ in 0..<4 {
                #expect(try await postgresError { try await database.run("select 1") }?.kind == .closed)
                #expect(try await postgresError { try await database.transaction { _ in } }?.kind == .closed)
            }
        }
    }

    @Test func `connections that are not needed are closed`() async throws {
        let adjust = { (config: inout DatabaseConfig) in
            config.idleLimit = .milliseconds(50)
            config.poolSize = 3
        }
        try await withDatabase(loops: Arrangement.oneLoop, adjust) { database in
            // While one connection is leased, a statement needs another.
            try await database.transaction { _ in try await database.run("select 1") }
            #expect(database.meters.connects > 1)
            try await eventually { database.meters.open == 1 }
        }
    }
}
