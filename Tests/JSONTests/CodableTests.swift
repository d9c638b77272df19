import JSON
import Runtime
import Testing

struct CodableTests {
    @Test func `a type with everything in it reads back as itself`() throws {
        let all = Everything()
        let text = try JSONCoder.text(all)
        #expect(try JSONCoder.decode(Everything.self, from: text) == all)
        let tree = try JSONCoder.decode(JSONValue.self, from: text)
        #expect(tree["largest"]?.number?.text == "18446744073709551615")
        #expect(tree["absent"] == nil)
        #expect(tree["byName"] == ["one": [1], "two": []])
        #expect(tree["byNumber"] == ["7": "seven"])
        #expect(tree["shape"] == ["circle": ["radius": 2, "_1": "red"]])
        #expect(tree["empty"] == ["nothing": [:]])
        #expect(tree["colour"] == "green")
        #expect(tree["at"] == "2024-02-29T12:00:00.500Z")
        #expect(tree["open"] == ["x": [1, nil, true]])
    }

    @Test func `classes read and write what they inherit`() throws {
        let dog = Dog(legs: 4, name: "Rex")
        #expect(try JSONCoder.text(dog) == #"{"name":"Rex","super":{"legs":4}}"#)
        let back = try JSONCoder.decode(Dog.self, from: #"{"super":{"legs":3},"name":"Tri"}"#)
        #expect(back.legs == 3 && back.name == "Tri")
        let cat = try JSONCoder.decode(Cat.self, from: JSONCoder.encode(Cat(legs: 4, lives: 9)))
        #expect(cat.legs == 4 && cat.lives == 9)
    }

    @Test func `containers may be filled in any order`() throws {
        #expect(
            try JSONCoder.text(Interleaved())
                == #"{"first":{"a":1,"b":[true],"c":3},"list":[[1,2],{"z":0},"end"],"super":{},"last":"x"}"#)
    }

    @Test func `nested containers are read as they were written`() throws {
        #expect(try JSONCoder.decode(Reversed.self, from: JSONCoder.encode(Interleaved())).sum == 6)
    }

    @Test func `a value that writes nothing is an empty object`() throws {
        struct Nothing: Codable {}
        struct Silent: Encodable { func encode(to encoder: any Encoder) {} }
        #expect(try JSONCoder.text([Nothing()]) == "[{}]")
        #expect(try JSONCoder.text(["a": Silent(), "b": Silent()]).count == #"{"a":{},"b":{}}"#.count)
    }

    @Test func `top-level values need no container`() throws {
        #expect(try JSONCoder.decode(Colour.self, from: #""green""#) == .green)
        #expect(try JSONCoder.text(Colour.red as Colour?) == #""red""#)
        #expect(try JSONCoder.text(nil as Colour?) == "null")
        #expect(try JSONCoder.decode(Colour?.self, from: "null") == nil)
        #expect(try JSONCoder.decode([Colour?].self, from: #"[null,"red"]"#) == [nil, .red])
    }

    @Test func `members are found in any order and with unknown ones between`() throws {
        let text = #"{"z":[{"name":1}],"addresses":[],"born":1,"y":{"born":2},"name":"A"}"#
        let person = try JSONCoder.decode(CodablePerson.self, from: text)
        #expect(person == CodablePerson(name: "A", born: 1, nickname: nil, addresses: []))
    }

    @Test func `problems in enums, identifiers and nested containers are collected`() {
        let text = #"""
            {"colour": "mauve", "at": "yesterday", "id": 5, "shape": {"circle": {"radius": "r"}}, "number": null}
            """#
        let found = codableComplaints(Pieces.self, text)
        #expect(
            found
                == [
                    "shape.circle._1 missing", "colour invalid", "at invalid", "id wrong_type",
                    "shape.circle.radius wrong_type", "number wrong_type",
                ].sorted { one, other in
                    (found.firstIndex(of: one) ?? .max) < (found.firstIndex(of: other) ?? .max)
                })
    }

    @Test func `collecting ends where there is no stand-in for a value`() {
        #expect(
            codableComplaints(Pieces.self, "{}") == ["colour missing", "at missing", "id missing", "shape missing"])
    }

    @Test func `a type may try one thing and then another`() throws {
        #expect(
            try JSONCoder.decode([Loose].self, from: #"[1, "a", [2, "b"], "1"]"#) == [
                .number(1), .text("a"), .list([.number(2), .text("b")]), .text("1"),
            ])
        #expect(codableComplaints([String: [Loose]].self, #"{"x": [1, true]}"#).allSatisfy { $0.hasPrefix("x[1] ") })
        #expect(try JSONCoder.decode(Renamed.self, from: #"{"old": 5}"#).new == 5)
    }

    @Test func `what a type throws itself is reported at its place`() {
        #expect(codableComplaints([Positive].self, "[1, -1, 2, -2]") == ["[1] invalid", "[3] invalid"])
    }

    @Test func `arrays that are too short lack an element`() {
        #expect(codableComplaints(Pair.self, "[1]") == ["[1] missing"])
        #expect(codableComplaints([Pair].self, "[[1,2],[]]") == ["[1][0] missing", "[1][1] missing"])
    }

    @Test func `infinities have no JSON, and the error says where`() throws {
        let error = #expect(throws: JSONError.self) {
            try JSONCoder.encode(Measured(values: [["x": 1], ["y": .infinity]]))
        }
        #expect(error?.problems.map(\.path) == ["values[1].y"])
        var buffer = ByteBuffer()
        buffer.append("before")
        #expect(throws: JSONError.self) { try JSONCoder.encode(Measured(values: [["y": .nan]]), to: &buffer) }
        #expect(buffer.toString() == "before")
        #expect(try JSONCoder.text(Forgiving()) == #"{"value":"too much"}"#)
    }

    @Test func `coding paths lead to the value`() throws {
        let found = try JSONCoder.decode([String: [PathTeller]].self, from: #"{"a":[0,{"b":{"c":1}}]}"#)
        #expect(found["a"]?.last?.path == ["a", "1", "b", "c"])
        #expect(try JSONCoder.text(["k": [PathWriter()]]) == #"{"k":[{"in":"k.0.in"}]}"#)
    }

    @Test func `a decoder that is kept finds nothing any more`() throws {
        let keeper = try JSONCoder.decode(Keeper.self, from: #"{"a": 1}"#)
        #expect(throws: (any Error).self) {
            try keeper.decoder.singleValueContainer().decode([[String]].self)
        }
    }

    @Test func `types by hand and types by Codable may lie in each other`() throws {
        struct Mixed: Codable, Equatable { var id: ID<Mixed>; var many: [Int16] }
        let mixed = Mixed(id: .new(), many: [1, 2])
        let text = try JSONCoder.text(["x": Wrapper(inner: CodablePoint(x: 1, y: 2))])
        #expect(text == #"{"x":{"inner":{"x":1,"y":2}}}"#)
        let back = try JSONCoder.decode([String: Wrapper].self, from: text)
        #expect(back["x"]?.inner.y == 2)
        #expect(
            complaints([Wrapper].self, #"[{"inner":{"x":"a"}}]"#).sorted()
                == [
                    "[0].inner.x wrong_type", "[0].inner.y missing",
                ].sorted())
        #expect(try JSONCoder.decode(Mixed.self, from: JSONCoder.encode(mixed)) == mixed)
    }
}
