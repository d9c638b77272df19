import JSON
import Runtime
import Testing

struct WriterTests {
    @Test func `commas and colons stand where they belong`() {
        var json = JSONWriter()
        json.beginObject()
        json.member("a", 1)
        json.key("b")
        json.array { json in
            json.null()
            json.array { _ in }
            json.object { _ in }
            json.value("x")
            json.value(true)
            json.value(1.5)
        }
        json.member("c", ifPresent: nil as Int?)
        json.member("d", nil as Int?)
        json.key("e\"" as String)
        json.object { json in json.member("f", ["g": [UInt8]()]) }
        json.endObject()
        let buffer = json.finish()
        #expect(buffer.toString() == #"{"a":1,"b":[null,[],{},"x",true,1.5],"d":null,"e\"":{"f":{"g":[]}}}"#)
    }

    @Test func `a value is appended behind what the buffer holds`() throws {
        var buffer = ByteBuffer()
        buffer.append("data: ")
        try JSONCoder.encode(Person(name: "Ada", born: 1815), to: &buffer)
        buffer.append("\n")
        #expect(buffer.toString() == "data: {\"name\":\"Ada\",\"born\":1815,\"addresses\":[]}\n")
    }

    @Test func `a value that cannot be written leaves the buffer as it was`() {
        var buffer = ByteBuffer()
        buffer.append("before")
        let error = #expect(throws: JSONError.self) { try JSONCoder.encode([["x": Double.nan]], to: &buffer) }
        #expect(error?.problems == [JSONProblem(path: "[0].x", code: .invalid, message: "JSON has no nan")])
        #expect(buffer.toString() == "before")
    }

    @Test func `members of dictionaries are sorted, so that equal values give equal bytes`() throws {
        #expect(try JSONCoder.text(["b": 1, "a": 2, "B": 3]) == #"{"B":3,"a":2,"b":1}"#)
        let open: JSONValue = ["b": 1, "a": [nil, false, "x"]]
        #expect(try JSONCoder.text(open) == #"{"a":[null,false,"x"],"b":1}"#)
    }

    @Test func `bytes that are JSON already are passed on as they stand`() throws {
        let text = #"{"kind": "x", "payload": { "n": 1.50, "s": "\u0041" } }"#
        let envelope = try JSONCoder.decode(Envelope.self, from: text)
        #expect(String(decoding: envelope.payload, as: UTF8.self) == #"{ "n": 1.50, "s": "\u0041" }"#)
        #expect(try JSONCoder.text(envelope) == #"{"payload":{ "n": 1.50, "s": "\u0041" }}"#)
        #expect(complaints(Envelope.self, #"{"payload": {"a": 01}}"#) == ["payload.a syntax"])
    }

    @Test func `identifiers and moments are strings`() throws {
        let id = ID<Person>.new()
        #expect(try JSONCoder.text(id) == "\"\(id)\"")
        #expect(try JSONCoder.decode(ID<Person>.self, from: "\"\(id.description.uppercased())\"") == id)
        let moment = Timestamp(milliseconds: 1_709_208_000_500)
        #expect(try JSONCoder.text(moment) == #""2024-02-29T12:00:00.500Z""#)
        #expect(try JSONCoder.decode(Timestamp.self, from: #""2024-02-29T13:00:00.5+01:00""#) == moment)
        #expect(try JSONCoder.text([Suit.hearts]) == #"["h"]"#)
        #expect(try JSONCoder.decode([Suit].self, from: #"["s"]"#) == [.spades])
    }

    enum Suit: String, JSONReadable, JSONWritable { case hearts = "h", spades = "s" }

    /// Hands its payload on without taking it apart.
    struct Envelope: JSONReadable, JSONWritable {
        var payload: [UInt8] = []

        init(json: inout JSONReader) throws(JSONStop) {
            var object = try json.object()
            while let key = try json.nextKey(&object) {
                if key == "payload" { payload = Array(try json.raw()) } else { try json.skip() }
            }
        }

        func write(json: inout JSONWriter) {
            json.object { json in
                json.key("payload")
                payload.withUnsafeBytes { json.raw($0) }
            }
        }
    }
}
