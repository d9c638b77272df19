import Runtime
import TestSupport
import Testing

@testable import Postgres

private struct Refused: Error {}

@Suite(.ownStores) struct CopyTests {
    @Test(.measuresMemory) func `a hundred thousand rows arrive, and memory does not grow with them`() async throws {
        try await withDatabase { database in
            try await database.run("create table things (id int primary key, name text, at timestamptz)")
            let before = Memory.privateKilobytes
            let count = try await database.copy(into: "things (id, name, at)") { rows in
                for number in 0..<100_000 {
                    try await rows.row(number, "name \(number)", Timestamp(seconds: Int64(number)))
                }
            }
            #expect(count == 100_000)
            #expect(Memory.privateKilobytes - before < 32 * 1024)
            let (sum, last): (Int, Timestamp) = try await database.one("select sum(id)::int8, max(at) from things")
            #expect(sum == 4_999_950_000)
            #expect(last.seconds == 99_999)
        }
    }

    @Test func `every kind of value survives`() async throws {
        try await withDatabase { database in
            try await database.run(
                """
                create table things (
                    n int4, t text, b bytea, u uuid, ok bool, f float8, d numeric, day date, span interval, at timestamptz,
                    words text[], blobs bytea[], none text
                )
                """)
            let bytes = (0...255).map { UInt8($0) }
            let text = "tab\t line\n return\r back\\slash \\N ü 🚆"
            let id = UUID.v7()
            let early = Timestamp(microseconds: -1)
            try await database.transaction { transaction in
                let count = try await transaction.copy(into: "things") { rows in
                    try await rows.row(
                        -7, text, bytes, id, true, Double.infinity, Numeric("-0.10"),
                        CalendarDate(year: -43, month: 3, day: 15),
                        Duration.microseconds(-5), early, [text, "", nil], [bytes, []], nil as String?)
                }
                #expect(count == 1)
            }
            let rows = try await database.query("select * from things")
            let row = rows[0]
            #expect(try row["n"] == -7)
            #expect(try row["t"] == text)
            #expect(try row["b"] == bytes)
            #expect(try row["u"] == id)
            #expect(try row["ok"] == true)
            #expect(try row["f"] == Double.infinity)
            #expect(try row.decode("d", as: Numeric.self).description == "-0.10")
            #expect(try row["day"] == CalendarDate(year: -43, month: 3, day: 15))
            #expect(try row["span"] == Duration.microseconds(-5))
            #expect(try row["at"] == early)
            #expect(try row["words"] == [text, "", nil])
            #expect(try row["blobs"] == [bytes, []])
            #expect(try row.decode("none", as: String?.self) == nil)
        }
    }

    @Test func `when the sender breaks off, or a row is refused, nothing arrives`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            try await database.run("create table things (id int primary key)")
            await #expect(throws: Refused.self) {
                try await database.copy(into: "things") { rows in
                    for number in 0..<50_000 { try await rows.row(number) }
                    throw Refused()
                }
            }
            let duplicate = try await postgresError {
                try await database.copy(into: "things") { rows in for _ in 0..<2 { try await rows.row(1) } }
            }
            #expect(duplicate?.isUniqueViolation() == true)
            let absent = try await postgresError { try await database.copy(into: "absent") { _ in } }
            #expect(absent?.sqlState == .undefinedTable)
            #expect(try await database.one("select count(*) from things", as: Int.self) == 0)
            #expect(database.meters.connects == 1)
        }
    }

    @Test func `other statements of the transaction are refused while a COPY runs`() async throws {
        try await withDatabase { database in
            try await database.run("create table things (id int)")
            try await database.transaction { transaction in
                try await transaction.copy(into: "things") { rows in
                    let error = try await postgresError { try await transaction.run("select 1") }
                    #expect(error?.kind == .unsendable)
                    try await rows.row(1)
                }
                #expect(try await transaction.one("select id from things", as: Int.self) == 1)
            }
        }
    }

    @Test func `an answer too large to hold is gone through in pieces`() async throws {
        try await withDatabase { database in
            let tally = Tally()
            try await database.transaction { transaction in
                try await transaction.forEach("select n from generate_series(0, 4999) n", as: Int.self) { number in
                    #expect(number == tally.count)
                    tally.add()
                }
                #expect(try await transaction.one("select 1", as: Int.self) == 1)
            }
            #expect(tally.count == 5000)
        }
    }
}
