import Runtime
import Testing

@testable import Postgres

@Suite struct SQLTests {
    static func statement(_ number: Int, _ name: String?) -> SQL {
        "select * from things where number = \(number) and name = \(name)"
    }

    @Test func `a value becomes a parameter and never text`() {
        let evil = "'; drop table users; --"
        let sql: SQL = "select \(evil), \(3)"
        #expect(sql.text == "select $1, $2")
        #expect(sql.types == [.inferred, .int8])
        #expect(sql.values.bytes.starts(with: Array(evil.utf8)))
    }

    @Test func `text of the source can be spliced, and a fragment brings its values along`() {
        let condition: SQL = "a = \(1) and b = \("x")"
        let sql: SQL = "select \(literally: "a, b") from t where c = \(true) and \(condition) limit \(5)"
        #expect(sql.text == "select a, b from t where c = $1 and a = $2 and b = $3 limit $4")
        #expect(sql.types == [.bool, .int8, .inferred, .int8])
        guard case .parameter(let last) = sql.pieces[sql.pieces.count - 1] else { return #expect(Bool(false)) }
        let bytes = sql.values.bytes[Int(last.offset)..<Int(last.offset + last.count)]
        #expect(Array(bytes) == [0, 0, 0, 0, 0, 0, 0, 5])
    }

    @Test func `a statement is the same whatever its values are, and another one with other types`() {
        let one = Self.statement(1, "a")
        #expect(one.isSameStatement(as: Self.statement(2, nil)))
        func generic(_ value: some SQLEncodable) -> SQL { "select \(value)" }
        #expect(!generic(1).isSameStatement(as: generic("1")))
        #expect(generic(1).isSameStatement(as: generic(2)))
        let other: SQL = "select 1"
        #expect(!one.isSameStatement(as: other))
    }

    @Test func `a text with a zero byte is refused before it is cut short`() {
        let scalar: SQL = "select \("a\0b")"
        #expect(scalar.values.failure != nil)
        let array: SQL = "select \(["a\0b"])"
        #expect(array.values.failure != nil)
        let bytes: SQL = "select \([0, 1] as [UInt8])"
        #expect(bytes.values.failure == nil)
        #expect(bytes.types == [.bytea])
    }

    @Test func `an array is sent as an array of its elements' type`() {
        let sql: SQL = "select \([1, 2]), \(["a"]), \([[1, 2]] as [[UInt8]]), \([nil, true])"
        #expect(sql.types.map(\.description) == ["int8[]", "text[]", "bytea[]", "bool[]"])
    }

    @Test func `an array of arrays is refused`() {
        let sql: SQL = "select \([[1], [2]])"
        #expect(sql.values.failure != nil)
    }

    @Test func `array text quotes every element`() {
        var bytes = SQLBytes(capacity: 0)
        [#"a"b"#, #"c\d"#, nil, "", "NULL"].writeSQLText(into: &bytes)
        #expect(String(decoding: bytes.bytes, as: UTF8.self) == #"{"a\"b","c\\d",NULL,"","NULL"}"#)
    }
}
