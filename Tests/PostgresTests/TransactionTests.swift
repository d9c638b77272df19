import Runtime
import TestSupport
import Testing

@testable import Postgres

private struct Refused: Error {}

@Suite(.ownStores) struct TransactionTests {
    private func count(_ database: Database) async throws -> Int {
        try await database.one("select count(*) from things")
    }

    @Test func `what a body did is kept when it returns, and undone when it throws`() async throws {
        try await withDatabase { database in
            try await database.run("create table things (id int primary key)")
            let answer = try await database.transaction { transaction in
                try await transaction.run("insert into things values (1)")
                return "kept"
            }
            #expect(answer == "kept")
            await #expect(throws: Refused.self) {
                try await database.transaction { transaction in
                    try await transaction.run("insert into things values (2)")
                    throw Refused()
                }
            }
            #expect(try await count(database) == 1)
            #expect(database.meters.leased == 0)
        }
    }

    @Test func `a body that swallows an error does not commit in silence`() async throws {
        try await withDatabase { database in
            try await database.run("create table things (id int primary key)")
            let error = try await postgresError {
                try await database.transaction { transaction in
                    try await transaction.run("insert into things values (1)")
                    _ = try? await transaction.run("insert into things values (1)")
                }
            }
            #expect(error?.isUniqueViolation() == true)
            #expect(try await count(database) == 0)
        }
    }

    @Test func `a savepoint undoes only its own part`() async throws {
        try await withDatabase { database in
            try await database.run("create table things (id int primary key)")
            try await database.transaction { transaction in
                try await transaction.run("insert into things values (1)")
                await #expect(throws: PostgresError.self) {
                    try await transaction.savepoint {
                        try await transaction.run("insert into things values (2)")
                        try await transaction.savepoint { try await transaction.run("insert into things values (3)") }
                        try await transaction.run("insert into things values (1)")
                    }
                }
                try await transaction.run("insert into things values (4)")
            }
            #expect(try await database.all("select id from things order by id", as: Int.self) == [1, 4])
        }
    }

    @Test func `a transaction that is over takes no more statements`() async throws {
        try await withDatabase { database in
            let leaked = try await database.transaction { $0 }
            let error = try await postgresError { try await leaked.run("select 1") }
            #expect(error?.kind == .closed)
        }
    }

    @Test func `a first statement that fails ends the transaction for all that follow`() async throws {
        try await withDatabase { database in
            try await database.run("create table things (id int)")
            await #expect(throws: PostgresError.self) {
                try await database.transaction { transaction in
                    _ = try? await transaction.run("select 1 / 0")
                    try await transaction.run("insert into things values (1)")
                }
            }
            #expect(try await count(database) == 0)
        }
    }

    @Test func `a real serialization failure is retried`() async throws {
        try await withDatabase { database in
            try await database.run("create table things as select 0 as id")
            let runs = Tally()
            let barrier = Barrier(2)
            try await withThrowingTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await database.transaction(.serializable) { transaction in
                            let isFirstRun = runs.add() <= 2
                            let id: Int = try await transaction.one("select id from things")
                            if isFirstRun { await barrier.arrive() }
                            try await transaction.run("update things set id = \(id + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.one("select id from things", as: Int.self) == 2)
            #expect(runs.count == 3)
        }
    }

    @Test func `a real deadlock is retried`() async throws {
        try await withDatabase { database in
            try await database.run("create table things as select id, 0 as hits from generate_series(1, 2) id")
            let runs = Tally()
            let barrier = Barrier(2)
            @Sendable func collide(_ first: Int, _ second: Int) async throws {
                try await database.transaction { transaction in
                    let isFirstRun = runs.add() <= 2
                    try await transaction.run("set local deadlock_timeout = '20ms'")
                    try await transaction.run("update things set hits = hits + 1 where id = \(first)")
                    if isFirstRun { await barrier.arrive() }
                    try await transaction.run("update things set hits = hits + 1 where id = \(second)")
                }
            }
            async let one: Void = collide(1, 2)
            async let two: Void = collide(2, 1)
            _ = try await (one, two)
            #expect(try await database.all("select hits from things", as: Int.self) == [2, 2])
            // The one that runs again may meet the other once more.
            #expect(runs.count >= 3)
        }
    }

    @Test func `a transaction that never succeeds gives up`() async throws {
        try await withDatabase { database in
            let runs = Tally()
            let error = try await postgresError {
                try await database.transaction(attempts: 3) { transaction in
                    runs.add()
                    try await transaction.run("do $$ begin raise exception using errcode = '40001'; end $$")
                }
            }
            #expect(error?.sqlState == .serializationFailure)
            #expect(runs.count == 3)
        }
    }

    @Test func `a table that changes between two statements only makes the transaction run again`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 2 }) { database in
            try await database.run("create table things as select 1 as id")
            let runs = Tally()
            func read() async throws -> Int {
                try await database.transaction { transaction in
                    runs.add()
                    return try await transaction.query("select * from things").columnCount
                }
            }
            #expect(try await read() == 1)
            try await database.run("alter table things add column name text")
            #expect(try await read() == 2)
            #expect(runs.count == 3)
        }
    }

    @Test func `a script runs as a whole, or not at all`() async throws {
        try await withDatabase { database in
            try await database.run(script: "create table things (id int); insert into things values (1), (2)")
            await #expect(throws: PostgresError.self) {
                try await database.run(script: "insert into things values (3); select 1 / 0")
            }
            #expect(try await count(database) == 2)
        }
    }

    @Test func `a cancelled task's transaction is undone and its connection used again`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.run("create table things (id int)")
            let task = Task {
                try await database.transaction { transaction in
                    try await transaction.run("insert into things values (1)")
                    try await transaction.run("select pg_sleep(60)")
                }
            }
            try await eventually { database.meters.leased == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await count(database) == 0)
            #expect(database.meters.connects == 1)
        }
    }
}
