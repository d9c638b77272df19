import JSON
import Runtime
import Testing

struct StringTests {
    @Test(arguments: [
        (#""\"""#, "\""), (#""\\""#, "\\"), (#""\/""#, "/"), (#""\b""#, "\u{8}"), (#""\f""#, "\u{C}"),
        (#""\n""#, "\n"), (#""\r""#, "\r"), (#""\t""#, "\t"), (#""\u0000""#, "\0"), (#""\u00e9\u00E9""#, "éé"),
        (#""\u20ac""#, "€"), (#""\ud83d\ude80""#, "🚀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\u0022""#, "\""),
    ])
    func `every escape is decoded`(json: String, text: String) throws {
        #expect(try JSONCoder.decode(String.self, from: json) == text)
    }

    @Test func `every character of the first planes survives writing and reading`() throws {
        let text = String(String.UnicodeScalarView((0...0x1_1000).compactMap(Unicode.Scalar.init)))
        let back = try JSONCoder.decode(String.self, from: JSONCoder.encode(text))
        #expect(Array(back.utf8) == Array(text.utf8))
    }

    @Test func `control characters, quotes and backslashes are written as escapes`() throws {
        #expect(
            try JSONCoder.text("a\"b\\c\nd\re\tf\u{0}\u{1F}\u{7F}/é") == #""a\"b\\c\nd\re\tf\u0000\u001f\#u{7F}/é""#)
    }

    @Test(arguments: 0..<40)
    func `a byte that needs care is found wherever it stands`(position: Int) throws {
        let plain = [UInt8](repeating: UInt8(ascii: "x"), count: 40)
        func with(_ bytes: [UInt8]) -> [UInt8] {
            Array("\"".utf8) + plain[..<position] + bytes + plain[position...] + Array("\"".utf8)
        }
        for control in 0..<UInt8(0x20) {
            #expect(throws: JSONError.self) { try JSONCoder.decode(String.self, from: with([control])) }
        }
        for broken: [UInt8] in [
            [0x80], [0xC0, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ] {
            let error = #expect(throws: JSONError.self) {
                try JSONCoder.decode(String.self, from: with(broken))
            }
            #expect(error?.problems.map(\.code) == [.invalidUTF8])
        }
        let escaped = try JSONCoder.decode(String.self, from: with(Array(#"\n"#.utf8)))
        #expect(escaped.utf8.count == 41 && Array(escaped.utf8)[position] == 10)
        let wide = try JSONCoder.decode(String.self, from: with(Array("€".utf8)))
        #expect(wide.utf8.count == 43)
        let text = String(decoding: plain[..<position], as: UTF8.self) + "\"" + "é"
        #expect(try JSONCoder.decode(String.self, from: JSONCoder.encode(text)) == text)
    }

    @Test func `valid UTF-8 is what the standard library holds for valid`() {
        var random = SeededRandom.announced()
        for _ in 0..<SeededRandom.rounds(5_000) {
            let edge: [UInt8] = [
                0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4,
            ]
            let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in edge.randomElement(using: &random) ?? 0
            }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            let document = Array("\"".utf8) + bytes + Array("\"".utf8)
            let read = try? JSONCoder.decode(String.self, from: document)
            #expect((read != nil) == isValid, "\(bytes)")
            #expect(read.map { Array($0.utf8) == bytes } ?? true)
        }
    }

    @Test func `a string can be read from every kind of source`() throws {
        let text = #"["a", "b"]"#
        var buffer = ByteBuffer()
        buffer.append(text)
        #expect(try JSONCoder.decode([String].self, from: buffer) == ["a", "b"])
        #expect(try JSONCoder.decode([String].self, from: Array(text.utf8)) == ["a", "b"])
        #expect(try JSONCoder.decode([String].self, from: Array(text.utf8)[...]) == ["a", "b"])
        #expect(try JSONCoder.decode([String].self, from: text) == ["a", "b"])
        #expect(complaints(String.self, "") == [" syntax"])
    }
}
