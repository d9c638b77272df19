import JSON
import Runtime
import Testing

struct ProblemTests {
    static let wrong = """
        {"name": 7, "addresses": [
          {"street": "Main", "zip": 1}, {"street": null, "zip": "x"}, 5, {"zip": 4}
        ], "nickname": false}
        """

    @Test func `all problems of a document come at once, each with its path`() {
        #expect(
            complaints(Person.self, Self.wrong) == [
                "born missing", "name wrong_type", "addresses[1].street wrong_type", "addresses[1].zip wrong_type",
                "addresses[2] wrong_type", "addresses[3].street missing", "nickname wrong_type",
            ])
    }

    @Test func `Codable finds them too`() {
        #expect(
            codableComplaints(CodablePerson.self, Self.wrong) == [
                "born missing", "name wrong_type", "addresses[1].street wrong_type", "addresses[1].zip wrong_type",
                "addresses[2] wrong_type", "addresses[3].street missing", "nickname wrong_type",
            ])
    }

    @Test func `a message says what was expected and what was found`() {
        let error = #expect(throws: JSONError.self) { try JSONCoder.decode([Int].self, from: #"[1, "x", {}, 1.5]"#) }
        #expect(
            error?.description
                == "[1]: expected a number, found a string; [2]: expected a number, found an object; "
                + "[3]: expected a whole number, found a number")
        #expect(error?.isMalformed == false)
    }

    @Test(arguments: [
        (#"{"name": 7, "born": }"#, "born syntax"),
        (#"{"addresses": [{}, {"zip": 1, "zip": 2}]}"#, "addresses[1].zip duplicate_key"),
        (#"{"name": "\ud800"}"#, "name syntax"),
        (#"{"other": [1, 2, [3, tru]]}"#, "other[2][1] syntax"),
        (#"{"name": "x""#, "name syntax"),
        (#"{} {}"#, " syntax"),
        (#"{"a.b": {"": {"c d": -}}}"#, #"["a.b"][""]["c d"] syntax"#),
    ])
    func `a broken document has one problem, where it broke`(text: String, problem: String) {
        #expect(complaints(Person.self, text) == [problem])
        #expect(codableComplaints(CodablePerson.self, text) == [problem])
    }

    @Test func `a document that is wrong first and broken later counts as broken`() {
        #expect(complaints(Person.self, #"{"name": 7, "born": [}"#) == ["born[0] syntax"])
        #expect(complaints([Int].self, #"{"a": 1"#) == ["a syntax"])
        #expect(complaints([Int].self, #"{"a": 1} x"#) == [" syntax"])
    }

    @Test func `collecting ends at the limit, and is no reason to call the document broken`() {
        let text = "[" + Array(repeating: "null", count: 1000).joined(separator: ",") + "]"
        let limits = JSONLimits(problems: 3)
        let expected = ["[0] wrong_type", "[1] wrong_type", "[2] wrong_type"]
        #expect(complaints([Int].self, text, limits: limits) == expected)
        #expect(codableComplaints([UInt16].self, text, limits: limits) == expected)
    }

    @Test func `a wrong type in an optional member is a problem, null and absence are not`() throws {
        #expect(complaints(Person.self, #"{"name": "A", "born": 1, "nickname": 3}"#) == ["nickname wrong_type"])
        let person = try JSONCoder.decode(Person.self, from: #"{"name": "A", "born": 1, "nickname": null}"#)
        #expect(person == Person(name: "A", born: 1))
    }

    @Test func `unknown members are skipped, but must be valid`() throws {
        let person = try JSONCoder.decode(
            Person.self, from: #"{"x": [1, {"y": "\u00e9"}], "name": "A", "z": {"q": 1e9999}, "born": 1}"#)
        #expect(person == Person(name: "A", born: 1))
        #expect(complaints(Person.self, #"{"x": {"a": 1, "a": 2}, "name": "A"}"#) == ["x.a duplicate_key"])
    }

    @Test func `a value found unfit after reading is reported at its place`() {
        #expect(complaints([Weekday].self, #"["mon", "sun", "tue"]"#) == ["[1] invalid"])
        #expect(complaints([String: Runtime.UUID].self, #"{"a": "b"}"#) == ["a invalid"])
        #expect(complaints([Timestamp].self, #"["2024-02-30T00:00:00Z"]"#) == ["[0] invalid"])
    }

    @Test func `a long key is cut short in a path`() {
        let key = String(repeating: "k", count: 10_000)
        #expect(complaints([String: Int].self, "{\"\(key)\": true}").first?.count ?? .max < 100)
    }

    enum Weekday: String, JSONReadable { case mon, tue }
}
