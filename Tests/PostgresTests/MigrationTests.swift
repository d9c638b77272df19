import Runtime
import TestSupport
import Testing

@testable import Postgres

@Suite(.ownStores) struct MigrationTests {
    private static func migration(_ file: StaticString, _ text: String) -> Migration {
        Migration(file, Array(text.utf8))
    }

    private let first = migration("0001_things.sql", "create table things (id int);\ninsert into things values (1);")
    private let second = migration("0002_names.sql", "alter table things add column name text; -- ü")
    private let third = migration("0003_more.sql", "insert into things values (3)")

    private func migrator(_ database: Database, _ migrations: Migration...) -> Migrator {
        Migrator(database, [MigrationSet("queue", migrations)])
    }

    private func problem(_ body: () async throws -> some Any) async -> String? {
        await #expect(throws: MigrationError.self) { _ = try await body() }?.description
    }

    @Test func `what is missing is applied in order, once, and said`() async throws {
        try await withDatabase { database in
            #expect(try await migrator(database, first, second).pending() == ["queue 0001_things", "queue 0002_names"])
            var reported: [String] = []
            let applied = try await migrator(database, first, second).run { name, _ in reported.append(name) }
            #expect(applied == ["queue 0001_things", "queue 0002_names"])
            #expect(reported == applied)
            #expect(try await migrator(database, first, second).run() == [])
            let lacking = await problem { try await migrator(database, first, second, third).check() }
            #expect(lacking == "the database lacks queue 0003_more")
            try await migrator(database, first, second, third).run()
            try await migrator(database, first, second, third).check()
            #expect(try await database.all("select id from things order by id", as: Int.self) == [1, 3])
        }
    }

    @Test func `a file that was changed, is missing, or comes too late is named, and nothing is applied`() async throws
    {
        try await withDatabase { database in
            try await migrator(database, first, third).run()
            let changed = Self.migration("0001_things.sql", "create table things (id int8)")
            #expect(
                await problem { try await migrator(database, changed, third).check() }
                    == "queue 0001_things was changed after it was applied")
            #expect(
                await problem { try await migrator(database, third).run() }
                    == "queue 0001_things was applied, but this program does not have it")
            #expect(
                await problem { try await migrator(database, first, second, third).run() }
                    == "queue 0002_names comes before queue 0003_more, which was applied already")
            let renamed = Self.migration("0001_stuff.sql", first.text)
            #expect(
                await problem { try await migrator(database, renamed, third).check() }
                    == "queue 0001_things was applied; here it is called queue 0001_stuff")
        }
    }

    @Test func `a program that knows less than the database may start, but not migrate`() async throws {
        try await withDatabase { database in
            try await migrator(database, first, second).run()
            try await migrator(database, first).check()
            #expect(
                await problem { try await migrator(database, first).run() }
                    == "queue 0002_names was applied, but this program does not have it")
        }
    }

    @Test func `a migration that fails leaves nothing behind, and those before it stay`() async throws {
        try await withDatabase { database in
            let broken = Self.migration("0002_broken.sql", "create table half (id int); select 1 / 0")
            let error = try await postgresError { try await migrator(database, first, broken).run() }
            #expect(error?.sqlState?.rawValue == "22012")
            #expect(try await database.one("select to_regclass('half') is null", as: Bool.self))
            try await migrator(database, first).check()
            try await migrator(database, first, second).run()
        }
    }

    @Test func `a file without a transaction may hold what cannot run within one`() async throws {
        try await withDatabase { database in
            let index = Self.migration(
                "0002_index.sql", "-- no transaction\ncreate index concurrently if not exists things_id on things (id)")
            try await migrator(database, first, index).run()
            #expect(
                try await database.one("select count(*) from pg_indexes where indexname = 'things_id'", as: Int.self)
                    == 1)
        }
    }

    @Test func `ten processes that migrate at once do it once`() async throws {
        try await withDatabase({ $0.poolSize = 24 }) { database in
            let slow = Self.migration("0002_slow.sql", "insert into things select 2 from pg_sleep(0.05)")
            let index = Self.migration(
                "0003_index.sql", "-- no transaction\ncreate index concurrently things_id on things (id)")
            let runs = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<10 {
                    group.addTask { [first] in try await migrator(database, first, slow, index).run() }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(runs.filter { !$0.isEmpty }.count == 1)
            #expect(try await database.one("select count(*) from things", as: Int.self) == 2)
        }
    }

    @Test func `sets of several modules have numbers of their own`() async throws {
        try await withDatabase { database in
            let other = Self.migration("0001_other.sql", "create table other (id int)")
            let sets = [MigrationSet("queue", [first]), MigrationSet("model", [other])]
            #expect(try await Migrator(database, sets).run() == ["queue 0001_things", "model 0001_other"])
            try await Migrator(database, [MigrationSet("model", [other])]).check()
        }
    }
}
