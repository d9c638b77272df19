import Runtime
import TestSupport
import Testing

@testable import Postgres

/// Every kind of value, to the server and back.
@Suite(.ownStores) struct ValueTests {
    private func echo<Value: SQLEncodable & SQLDecodable & Equatable>(
        _ values: [Value], as type: StaticString, _ database: Database
    ) async throws {
        for value in values {
            let back: Value = try await database.one("select \(value)::\(literally: type)")
            #expect(back == value)
            let list: [Value] = try await database.one("select \([value, value])::\(literally: type)[]")
            #expect(list == [value, value])
        }
        let all: [Value?] = try await database.one("select \(values.map(Optional.some) + [nil])::\(literally: type)[]")
        #expect(all == values + [nil])
        let none: Value? = try await database.one("select \(nil as Value?)::\(literally: type)")
        #expect(none == nil)
        let empty: [Value] = try await database.one("select \([Value]())::\(literally: type)[]")
        #expect(empty.isEmpty)
    }

    @Test func `plain values come back as they went`() async throws {
        try await withDatabase { database in
            try await echo([true, false], as: "bool", database)
            try await echo([0, 1, -1, .max, .min], as: "int8", database)
            try await echo([Int64.min, 0, .max], as: "int8", database)
            try await echo([Int32.min, 0, .max], as: "int4", database)
            try await echo([Int16.min, 0, .max], as: "int2", database)
            try await echo([0.1, -0.0, .infinity, .leastNonzeroMagnitude, 1e308], as: "float8", database)
            try await echo([Float(0.1), .infinity], as: "float4", database)
            try await echo([UUID.v7(), UUID(high: 0, low: 0), UUID(high: .max, low: .max)], as: "uuid", database)
            try await echo([Duration.microseconds(-1), .seconds(1), .days(40)], as: "interval", database)
        }
    }

    @Test func `texts of any length and script come back as they went`() async throws {
        try await withDatabase { database in
            let texts = [
                "", "a", "'; --", "Zürich 🚆", "नमस्ते", "\u{FFFF}\n\t\\x", String(repeating: "ü", count: 100_000),
            ]
            try await echo(texts, as: "text", database)
            try await echo(["abc"], as: "varchar(3)", database)
            try await echo(["abc"], as: "name", database)
        }
    }

    @Test func `a value with every byte goes through bytea`() async throws {
        let bytes = (0...255).map { UInt8($0) }
        try await withDatabase { database in
            let (back, length): ([UInt8], Int) = try await database.one("select \(bytes), octet_length(\(bytes))")
            #expect(back == bytes)
            #expect(length == 256)
            let none: [UInt8] = try await database.one("select \([UInt8]())")
            #expect(none.isEmpty)
            let list: [[UInt8]] = try await database.one("select \([bytes, [], [0]])")
            #expect(list == [bytes, [], [0]])
        }
    }

    @Test func `moments and dates come back to the microsecond, also before 1970`() async throws {
        let moments =
            ["1969-12-31T23:59:59.999999Z", "1900-02-28T00:00:00Z", "2000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
            .compactMap { Timestamp(rfc3339: $0) } + [Timestamp(microseconds: -1), Timestamp(microseconds: 0), .now]
        let dates = [CalendarDate(year: 1969, month: 12, day: 31), CalendarDate(year: -43, month: 3, day: 15)]
        try await withDatabase { database in
            try await echo(moments, as: "timestamptz", database)
            try await echo(dates, as: "date", database)
            let text: String = try await database.one("select \(Timestamp(microseconds: -1))::text")
            #expect(text == "1969-12-31 23:59:59.999999+00")
            let (day, midnight): (CalendarDate, Timestamp) = try await database.one(
                "select date '1969-12-31', timestamp '1969-12-31 12:00'")
            #expect(day.dayNumber == -1)
            #expect(midnight.rfc3339 == "1969-12-31T12:00:00.000Z")
        }
    }

    @Test(arguments: [
        "0", "0.00", "1", "-1", "12.50", "0.0001", "-0.000000000000000001", "10000", "99999999.9999", "NaN", "Infinity",
        "-Infinity", "123456789012345678901234567890.12345", "100000000000000000000000000000000000000000",
    ])
    func `a numeric comes back digit for digit`(text: String) async throws {
        try await withDatabase { database in
            let number = try #require(Numeric(text))
            let (back, asText): (Numeric, String) = try await database.one("select \(number), \(number)::text")
            #expect(back.description == text)
            #expect(asText == text)
            let fromServer: Numeric = try await database.one("select \(text)::numeric")
            #expect(fromServer.description == text)
        }
    }

    @Test func `a random numeric prints as the server prints it`() async throws {
        var seed = Seed()
        let texts = (0..<200).map { _ -> String in
            let whole = (0..<Int.random(in: 1...30, using: &seed)).map { _ in Int.random(in: 0...9, using: &seed) }
            let fraction = (0..<Int.random(in: 0...20, using: &seed)).map { _ in Int.random(in: 0...9, using: &seed) }
            return (Bool.random(using: &seed) ? "-" : "") + whole.map(String.init).joined()
                + (fraction.isEmpty ? "" : "." + fraction.map(String.init).joined())
        }
        try await withDatabase { database in
            let numbers = try texts.map { try #require(Numeric($0)) }
            let printed: [String] = try await database.one(
                "select array(select n::text from unnest(\(texts)::numeric[]) n)")
            #expect(numbers.map(\.description) == printed)
            let back: [Numeric] = try await database.one("select \(numbers)")
            #expect(back.map(\.description) == printed)
        }
    }

    @Test func `a text fits an enum, jsonb and other types the server infers`() async throws {
        enum Colour: String, SQLEncodable, SQLDecodable { case red, green }
        try await withDatabase { database in
            try await database.run("create type colour as enum ('red', 'green')")
            try await database.run("create table paint (colour colour, facts jsonb, code char(3))")
            try await database.run("insert into paint values (\("red"), \(#"{"a": 1}"#), \("abc"))")
            try await database.run("insert into paint values (\(Colour.green), \(JSONText("[1]")), \(nil as String?))")
            let rows: [(Colour, JSONText, String?)] = try await database.all(
                "select colour, facts, code from paint order by colour")
            #expect(rows.map(\.0) == [.red, .green])
            #expect(rows.map(\.1.text) == [#"{"a": 1}"#, "[1]"])
            #expect(rows.map(\.2) == ["abc", nil])
            let json: (String, JSONText) = try await database.one("select facts, facts::json from paint limit 1")
            #expect(json.0 == json.1.text)
        }
    }
}
