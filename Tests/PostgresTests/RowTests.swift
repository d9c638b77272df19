import Runtime
import TestSupport
import Testing

@testable import Postgres

private struct Person: RowDecodable, Equatable {
    let id: Int
    let name: String
    let age: Int16?

    init(row: Row) throws(RowError) {
        id = try row["id"]
        name = try row["name"]
        age = try row["age"]
    }
}

@Suite(.ownStores) struct RowTests {
    @Test func `rows become values by the names of their columns`() async throws {
        try await withDatabase { database in
            let people: [Person] = try await database.all(
                "select n::int2 as age, 'P' || n as name, n::int4 as id from generate_series(1, 3) n order by n")
            #expect(people.map(\.id) == [1, 2, 3])
            #expect(people.last?.name == "P3")
            let none = try await database.first("select 1 as id, '' as name, 2 as age where false", as: Person.self)
            #expect(none == nil)
        }
    }

    @Test func `a column that is not as expected is named, with what was wanted and found`() async throws {
        let cases: [(SQL, String)] = [
            ("select 1 as id, 5 as name, null::int2 as age", #"column "name": wanted String, found int4"#),
            ("select null::int8 as id, '' as name, null::int2 as age", #"column "id": wanted Int, found NULL"#),
            ("select 1 as id, '' as name, 40000 as age", #"column "age": wanted Int16, found int4 outside its range"#),
            ("select 1 as id, '' as nom, 1 as age", #"column "name": wanted String, there is no such column"#),
        ]
        try await withDatabase { database in
            for (statement, complaint) in cases {
                let rows = try await database.query(statement)
                let error = #expect(throws: RowError.self) { try Person(row: rows[0]) }
                #expect(error?.description == complaint)
            }
        }
    }

    @Test func `a tuple that does not fit the columns is refused`() async throws {
        try await withDatabase { database in
            let few = try await #require(throws: RowError.self) {
                let _: (Int, Int) = try await database.one("select 1")
            }
            #expect(few.description.contains("there are 1 columns"))
            let wrong = try await #require(throws: RowError.self) {
                let _: (Int, UUID) = try await database.one("select 1, 'x' as key")
            }
            #expect(wrong.description == #"column "key": wanted UUID, found text"#)
        }
    }

    @Test func `infinity, months and nested arrays say why they do not fit`() async throws {
        try await withDatabase { database in
            let cases: [(SQL, any SQLDecodable.Type, String)] = [
                ("select timestamptz 'infinity'", Timestamp.self, "infinity is no moment"),
                ("select date '-infinity'", CalendarDate.self, "infinity is no date"),
                ("select interval '1 month'", Duration.self, "months have no fixed length"),
                ("select array[[1, 2], [3, 4]]", [Int].self, "2 dimensions"),
                ("select array[1, null]", [Int].self, "found NULL"),
                ("select row(1, 2)", String.self, "found type 2249"),
            ]
            for (statement, type, problem) in cases {
                let rows = try await database.query(statement)
                func read<Value: SQLDecodable>(_ type: Value.Type) throws { _ = try rows[0].decode(at: 0, as: type) }
                let error = #expect(throws: RowError.self) { try read(type) }
                #expect(error?.problem.contains(problem) == true)
            }
        }
    }

    @Test func `one wants one row`() async throws {
        try await withDatabase { database in
            for statement in ["select 1 where false", "select generate_series(1, 2)"] as [SQL] {
                let error = try await postgresError { try await database.one(statement, as: Int.self) }
                #expect(error?.kind == .rowCount)
            }
            #expect(try await database.run("select generate_series(1, 7)") == 7)
        }
    }

    @Test func `an error carries the server's facts and no values`() async throws {
        try await withDatabase { database in
            try await database.run("create table accounts (email text constraint accounts_email_key unique)")
            let email = "secret@example.org"
            try await database.run("insert into accounts values (\(email))")
            let duplicate = try await postgresError { try await database.run("insert into accounts values (\(email))") }
            let error = try #require(duplicate)
            #expect(error.isUniqueViolation(of: "accounts_email_key"))
            #expect(!error.isUniqueViolation(of: "another"))
            #expect(error.table == "accounts")
            #expect(error.statement == "insert into accounts values ($1)")
            #expect(!"\(error)".contains(email))
            let syntax = try await postgresError { try await database.run("selec 1") }
            #expect(syntax?.position == 1)
            #expect(syntax?.sqlState?.rawValue == "42601")
        }
    }

    @Test func `a text with a zero byte is refused and the connection goes on`() async throws {
        try await withDatabase { database in
            let error = try await postgresError { try await database.run("select \("a\0b")") }
            #expect(error?.kind == .unsendable)
            #expect(try await database.one("select 1", as: Int.self) == 1)
        }
    }
}
