import Model
import Postgres
import Runtime
import TestSupport
import Testing

/// The schema as the database holds it.
@Suite(.ownStores) struct TablesTests {
    private func withTables(_ body: (Database) async throws -> Void) async throws {
        let database = Database(
            DatabaseConfig(url: try TestStores.current.databaseURL), loops: LoopGroup(count: 1),
            threads: ThreadPool(name: "names", threads: 1))
        try await Migrator(database, AllMigrations.sets).run()
        try await body(database)
        await database.close()
    }

    /// Else a change of the row that is pointed to reads the whole table.
    @Test func `every foreign key has an index that begins with its columns`() async throws {
        try await withTables { database in
            let lacking: [String] = try await database.all(
                """
                select c.conrelid::regclass::text || ' ' || c.conname
                from pg_constraint c
                where c.contype = 'f' and not exists (
                    select from pg_index i
                    where i.indrelid = c.conrelid
                        and (i.indkey::int2[])[0:array_length(c.conkey, 1) - 1] @> c.conkey
                        and c.conkey @> (i.indkey::int2[])[0:array_length(c.conkey, 1) - 1]
                )
                """)
            #expect(lacking == [])
        }
    }

    @Test func `every time is one with a zone, and no text has a length in its type`() async throws {
        try await withTables { database in
            let odd: [String] = try await database.all(
                """
                select table_name || '.' || column_name
                from information_schema.columns
                where table_schema = 'public' and data_type in ('timestamp without time zone', 'character varying', 'json')
                """)
            #expect(odd == [])
        }
    }
}
