import JSON
import Testing

struct ObjectTests {
    @Test(arguments: [
        #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":1}"#, #"{"\u0061":1,"a":1}"#, #"{"\u0061b":1,"a\u0062":1}"#,
        #"{"":1,"":2}"#, #"{"x":1,"longer than eight":2,"y":3,"longer\u0020than eight":4}"#,
        #"{"a\/b":1,"a/b":2}"#, "{\"\u{E9}\":1,\"\\u00e9\":2}",
    ])
    func `a repeated key is refused, however it is written`(text: String) {
        for problems in [
            complaints([String: Int].self, text), codableComplaints([String: Int].self, text),
            complaints(JSONValue.self, text), complaints(Person.self, text),
        ] {
            #expect(problems.count == 1 && problems.first?.hasSuffix("duplicate_key") == true)
        }
    }

    @Test func `keys that only look alike are distinct`() throws {
        let text = #"{"a":1,"A":2,"aa":3,"a ":4,"":5,"\u0000":6,"abcdefgh":7,"abcdefgi":8,"xbcdefgh":9}"#
        #expect(try JSONCoder.decode([String: Int].self, from: text).count == 9)
    }

    @Test func `the same accent composed and decomposed is one key to Swift, so it is refused rather than lost`() {
        let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        #expect(complaints([String: Int].self, text).first?.hasSuffix("duplicate_key") == true)
        #expect(codableComplaints(Wrapped.self, text) == [" duplicate_key"])
    }

    @Test(arguments: [15, 16, 17, 31, 32, 33, 100, 5000])
    func `a repeated key is found among many`(count: Int) throws {
        let members = (0..<count).map { "\"key\($0)\":\($0)" }
        #expect(try JSONCoder.decode([String: Int].self, from: "{\(members.joined(separator: ","))}").count == count)
        for repeated in [0, count / 2, count - 1] {
            let text = "{\((members + ["\"key\(repeated)\":1"]).joined(separator: ","))}"
            #expect(complaints([String: Int].self, text) == ["key\(repeated) duplicate_key"])
        }
    }

    @Test func `objects of a hundred thousand keys are read, skipped and decoded`() throws {
        let count = 100_000
        let text = "{" + (0..<count).map { "\"some.longer.key.\($0)\":\($0)" }.joined(separator: ",") + "}"
        let byHand = try JSONCoder.decode([String: Int].self, from: text)
        #expect(byHand.count == count && byHand["some.longer.key.77777"] == 77777)
        let byCodable = try JSONCoder.decode(Wrapped.self, from: text)
        #expect(byCodable.members == byHand)
        let repeated = text.dropLast() + ",\"some.longer.key.0\":1}"
        #expect(complaints(Person.self, String(repeated)) == [#"["some.longer.key.0"] duplicate_key"#])
    }

    @Test func `an escaped key reads as its text`() throws {
        let text = #"{"n\u0061me":"Ada","b\u006f\u0072n":1815,"addresses":[{"str\u0065et":"A","zip":1}]}"#
        let expected = Person(name: "Ada", born: 1815, addresses: [Address(street: "A", zip: 1)])
        #expect(try JSONCoder.decode(Person.self, from: text) == expected)
        #expect(try JSONCoder.decode(CodablePerson.self, from: text).name == "Ada")
        #expect(try JSONCoder.decode([String: Int].self, from: #"{"\ud83d\ude80\n":1}"#) == ["🚀\n": 1])
    }

    @Test func `depth is bounded, for whatever reads`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(complaints(JSONValue.self, nested(64)) == [])
        #expect(complaints(JSONValue.self, nested(65)).first?.hasSuffix("too_deep") == true)
        #expect(complaints(Person.self, "{\"x\":\(nested(64))}").first?.hasSuffix("too_deep") == true)
        #expect(codableComplaints(CodablePerson.self, nested(100_000)).first?.hasSuffix("too_deep") == true)
        #expect(complaints(JSONValue.self, nested(3), limits: JSONLimits(depth: 2)).count == 1)
        let wide = "[" + Array(repeating: "[[]]", count: 1000).joined(separator: ",") + "]"
        #expect(complaints(JSONValue.self, wide, limits: JSONLimits(depth: 3)) == [])
    }

    @Test func `size is bounded`() {
        let limits = JSONLimits(bytes: 4)
        #expect(complaints([Int].self, "[12]", limits: limits) == [])
        #expect(complaints([Int].self, "[123]", limits: limits) == [" too_large"])
        #expect(codableComplaints([Int8].self, "[123]", limits: limits) == [" too_large"])
    }

    /// Goes through Codable, where `[String: Int]` itself would not.
    struct Wrapped: Decodable {
        var members: [String: Int]

        init(from decoder: any Decoder) throws { members = try [String: Int](from: decoder) }
    }
}
