import Testing

@testable import Postgres

@Suite struct NumericTests {
    @Test(arguments: [
        "0", "1", "-1", "10000", "12.50", "0.0001", "0.00010", "-0.5", "123456789012345678901234567890.123456789",
        "9999.9999", "100000000", "0.00", "NaN", "Infinity", "-Infinity",
    ])
    func `a number prints as it was written`(text: String) throws {
        #expect(try #require(Numeric(text)).description == text)
    }

    @Test(arguments: ["", ".", "-", "1e5", "1.2.3", "abc", "1 ", "--1", "0x10"])
    func `what is no decimal number is nil`(text: String) {
        #expect(Numeric(text) == nil)
    }

    @Test func `trailing zeros print, and do not make a number another one`() throws {
        let long = try #require(Numeric("12.500"))
        let short = try #require(Numeric("12.5"))
        #expect(long == short)
        #expect(long.hashValue == short.hashValue)
        #expect(long.description == "12.500")
        #expect(Numeric("-0") == Numeric("0"))
    }

    @Test(arguments: [0, 1, -1, 10000, 100_000_000, Int.max, Int.min])
    func `a whole number goes to numeric and back`(value: Int) {
        #expect(Numeric(value).exactInt == value)
        #expect(Numeric(value).description == "\(value)")
    }

    @Test(arguments: ["0.5", "9223372036854775808", "NaN", "1e400", "99999999999999999999999"])
    func `a number that is no whole Int is nil as Int`(text: String) {
        #expect(Numeric(text)?.exactInt == nil)
    }
}
