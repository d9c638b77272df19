import JSON
import Testing

struct NumberTests {
    @Test func `whole numbers keep every digit up to the ends of their type`() throws {
        #expect(try JSONCoder.decode(Int64.self, from: "-9223372036854775808") == .min)
        #expect(try JSONCoder.decode(Int64.self, from: "9223372036854775807") == .max)
        #expect(try JSONCoder.decode(UInt64.self, from: "18446744073709551615") == .max)
        #expect(try JSONCoder.decode(Int8.self, from: "-128") == .min)
        #expect(try JSONCoder.decode(UInt8.self, from: "-0") == 0)
        #expect(try JSONCoder.text(Int64.min) == "-9223372036854775808")
        #expect(try JSONCoder.text(UInt64.max) == "18446744073709551615")
    }

    @Test(arguments: ["-9223372036854775809", "9223372036854775808", "18446744073709551616", "1\(zeros(40))"])
    func `a whole number beyond 64 bits is out of range, never rounded`(text: String) {
        #expect(complaints([Int64].self, "[\(text)]") == ["[0] out_of_range"])
        #expect(codableComplaints([Int64].self, "[\(text)]") == ["[0] out_of_range"])
    }

    @Test func `each type has its own range`() {
        #expect(complaints([UInt64].self, "[-1, 18446744073709551616]") == ["[0] out_of_range", "[1] out_of_range"])
        #expect(complaints([Int8].self, "[128, -129, 127]") == ["[0] out_of_range", "[1] out_of_range"])
        #expect(complaints([UInt16].self, "[65536]") == ["[0] out_of_range"])
    }

    @Test(arguments: ["1.0", "1e2", "0.5", "-0.0", "1E-1"])
    func `a fraction or an exponent makes no whole number`(text: String) {
        #expect(complaints([Int].self, "[\(text)]") == ["[0] wrong_type"])
    }

    @Test(arguments: ["1e309", "1e400", "-1e400", "1e99999999999999999999", "2\(zeros(308))"])
    func `a number too large for a double is refused`(text: String) {
        #expect(complaints([Double].self, "[\(text)]") == ["[0] out_of_range"])
        #expect(complaints([Float].self, "[\(text)]") == ["[0] out_of_range"])
    }

    @Test(
        arguments: [
            ("0.1", 0.1), ("0.30000000000000004", 0.1 + 0.2), ("1.7976931348623157e308", .greatestFiniteMagnitude),
            ("2.2250738585072014e-308", .leastNormalMagnitude), ("4.9406564584124654e-324", .leastNonzeroMagnitude),
            ("2e-324", 0), ("3e-324", .leastNonzeroMagnitude), ("9007199254740993", 9_007_199_254_740_992),
            ("9007199254740993.00000000000000000001", 9_007_199_254_740_994), ("1e23", 1e23),
            ("123456789e-22", 1.23456789e-14),
            ("0.000001", 1e-6), ("18446744073709551616", 0x1p64), ("1e-99999999999", 0), ("0e99999999999", 0),
        ] as [(String, Double)])
    func `a double is the nearest one to the text`(text: String, value: Double) throws {
        #expect(try JSONCoder.decode(Double.self, from: text) == value)
        #expect(try JSONCoder.decode(Double.self, from: "-" + text) == -value)
    }

    @Test func `minus zero keeps its sign`() throws {
        #expect(try JSONCoder.decode(Double.self, from: "-0").sign == .minus)
        #expect(try JSONCoder.decode(Double.self, from: JSONCoder.encode(-0.0)).sign == .minus)
        #expect(try JSONCoder.text(0.0) == "0")
    }

    @Test(
        arguments: [
            (1, "1"), (98.6, "98.6"), (0.1 + 0.2, "0.30000000000000004"), (-2.5, "-2.5"), (1e-7, "1e-07"),
            (5e22, "5e+22"), (9_007_199_254_740_991, "9007199254740991"),
        ] as [(Double, String)])
    func `a double is written with the fewest digits`(value: Double, text: String) throws {
        #expect(try JSONCoder.text(value) == text)
    }

    @Test func `any double reads back as itself`() throws {
        var random = SeededRandom.announced()
        for _ in 0..<SeededRandom.rounds(5_000) {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let back = try JSONCoder.decode(Double.self, from: JSONCoder.encode(value))
            #expect(back.bitPattern == value.bitPattern)
            let small = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            if small.isFinite { #expect(try JSONCoder.decode(Float.self, from: JSONCoder.encode(small)) == small) }
        }
    }

    @Test func `any decimal reads as the standard library reads it`() throws {
        var random = SeededRandom.announced()
        for _ in 0..<SeededRandom.rounds(5_000) {
            let digits = String(random.next() >> UInt64(Int.random(in: 0...63, using: &random)))
            let exponent = Int.random(in: -30...30, using: &random)
            let text = "\(digits).\(random.next() % 1000)e\(exponent)"
            #expect(try JSONCoder.decode(Double.self, from: text) == Double(text), "\(text)")
            let float = try? JSONCoder.decode(Float.self, from: text)
            #expect(float == Float(text).flatMap { $0.isFinite ? $0 : nil }, "\(text)")
        }
    }

    @Test func `infinities and NaN are refused, with the path`() {
        let people = ["a": [1.5, .nan], "b": [-.infinity]]
        let error = #expect(throws: JSONError.self) { try JSONCoder.encode(people) }
        #expect(error?.problems.map(\.path) == ["a[1]", "b[0]"])
        #expect(error?.problems.first?.message == "JSON has no nan")
    }

    @Test(arguments: ["0.10", "123456789012345678901234567890.5", "1E+2", "-0", "1e99999"])
    func `a number's text is kept`(text: String) throws {
        let number = try JSONCoder.decode(JSONNumber.self, from: text)
        #expect(number.text == text)
        #expect(try JSONCoder.text(number) == text)
        #expect(JSONNumber(text) == number)
    }

    @Test(arguments: ["", "01", "1.", "+1", " 1", "1 ", "0x1", "NaN", "1e", "-", "\"1\""])
    func `what is no number makes no number`(text: String) {
        #expect(JSONNumber(text) == nil)
    }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}
