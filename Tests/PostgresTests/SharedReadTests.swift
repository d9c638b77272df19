import Runtime
import TestSupport
import Testing

@testable import Postgres

/// Reads of one turn go out as one transaction; nobody may notice.
@Suite(.ownStores) struct SharedReadTests {
    /// Runs so many tasks on one loop, over one connection, so that their statements meet in one turn.
    private func together(_ count: Int, _ body: @escaping @Sendable (Int, Database) async throws -> Void) async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.run("create table things (id int)")
            try await database.run(
                "create function add(n int) returns int language sql as 'insert into things values (n) returning id'")
            // A statement shares a sync only after it was quick by itself.
            for number in 0..<5 { try await body(number, database) }
            try await Task(executorPreference: Arrangement.oneLoop.loops[0]) {
                try await withThrowingTaskGroup { group in
                    for number in 5..<count { group.addTask { try await body(number, database) } }
                    try await group.waitForAll()
                }
            }.value
            let kept: [Int] = try await database.all("select id from things order by id")
            #expect(kept == kept.uniqued())
            #expect(database.meters.connects == 1)
        }
    }

    @Test func `reads of one turn do share`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            @Sendable func echo(_ number: Int) async throws -> Int { try await database.one("select \(number)") }
            try await eventually {
                let sum = try await Task(executorPreference: Arrangement.oneLoop.loops[0]) {
                    async let one = echo(1)
                    async let two = echo(2)
                    return try await one + two
                }.value
                #expect(sum == 3)
                return database.meters.sharedReads > 0
            }
        }
    }

    @Test func `reads that meet a failing one still get their answers`() async throws {
        try await together(200) { number, database in
            if number % 5 == 0 {
                let error = try await postgresError { try await database.one("select 1 / \(0)", as: Int.self) }
                #expect(error?.sqlState?.rawValue == "22012")
            } else if number % 5 == 1 {
                let error = try await postgresError { try await database.one("select nothing", as: Int.self) }
                #expect(error?.sqlState?.rawValue == "42703")
            } else {
                let back: Int = try await database.one("select \(number)")
                #expect(back == number)
            }
        }
    }

    @Test func `a select that writes does so once, whatever its neighbours do`() async throws {
        try await together(90) { number, database in
            switch number % 3 {
            case 0:
                let id: Int = try await database.one("select add(\(Int32(number)))")
                #expect(id == number)
                let count: Int = try await database.one("select count(*) from things where id = \(number)")
                #expect(count == 1)
            case 1: _ = try await postgresError { try await database.one("select 1 / \(0)", as: Int.self) }
            default: _ = try await database.one("select \(number)", as: Int.self)
            }
        }
    }

    @Test func `a select for update is run by itself`() async throws {
        try await together(20) { number, database in
            let none: Int? = try await database.first("select id from things where id = \(number) for update")
            #expect(none == nil)
        }
    }

    @Test func `a cancelled read does not take its neighbours along`() async throws {
        try await together(40) { number, database in
            if number == 3 {
                let error = try await postgresError {
                    try await database.one("select pg_sleep(60)::text", as: String.self, within: .milliseconds(100))
                }
                #expect(error?.kind == .timeout)
            } else {
                let back: Int = try await database.one("select \(number)")
                #expect(back == number)
            }
        }
    }

    @Test func `reads go on after the server has forgotten what was prepared`() async throws {
        try await together(60) { number, database in
            if number % 20 == 7 { try await database.run("deallocate all") }
            let back: Int = try await database.one("select \(number)")
            #expect(back == number)
            let again: Int = try await database.one("select \(number) + 1 - 1")
            #expect(again == number)
        }
    }
}

extension [Int] {
    fileprivate func uniqued() -> [Int] { Set(self).sorted() }
}
