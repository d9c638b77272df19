import Runtime
import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
    @Test func `each kind of answer`() throws {
        #expect(try answers("+OK\r\n") == [.status("OK")])
        #expect(try answers("+FINE\r\n") == [.status("FINE")])
        #expect(try answers(":-42\r\n:9223372036854775807\r\n") == [.integer(-42), .integer(.max)])
        #expect(try answers("-ERR no such\r\n") == [.error("ERR no such")])
        #expect(try answers("$5\r\nhello\r\n$0\r\n\r\n$-1\r\n") == [.bulk("hello"), .bulk(""), .null])
        #expect(try answers("*-1\r\n") == [.null])
        #expect(try answers("*0\r\n").map(\.array?.count) == [0])
    }

    @Test func `arrays in arrays, with errors and nulls inside, keep their order`() throws {
        let value = try #require(
            try answers("*5\r\n:1\r\n*2\r\n$1\r\na\r\n*1\r\n+deep\r\n-WRONG thing\r\n$-1\r\n*0\r\n").first?.array)
        #expect(value.count == 5)
        #expect(value[0] == .integer(1))
        #expect(value[1].array?[0] == .bulk("a"))
        #expect(value[1].array?[1].array?[0] == .status("deep"))
        #expect(value[2] == .error("WRONG thing"))
        #expect(value[3] == .null)
        #expect(value[4].array?.isEmpty == true)
    }

    @Test func `the same answers come out wherever the bytes are cut`() throws {
        let text = "+OK\r\n*3\r\n$4\r\n\r\n\r\n\r\n*2\r\n:7\r\n$-1\r\n-E x\r\n:12\r\n*0\r\n$0\r\n\r\n+PONG\r\n"
        let whole = try answers(text)
        #expect(whole.count == 6)
        let bytes = [UInt8](text.utf8)
        for size in 1...bytes.count {
            let reader = ReplyReader()
            var found: [RedisValue] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                try feed(reader, bytes[start..<min(start + size, bytes.count)], into: &found)
            }
            #expect(found == whole, "cut every \(size) bytes")
        }
    }

    @Test func `every byte and five megabytes come through`() throws {
        let all = [UInt8](0...255)
        #expect(try answers([UInt8]("$256\r\n".utf8) + all + [13, 10]) == [.bulk(RedisBytes(all))])
        let large = [UInt8](repeating: 7, count: 5 << 20)
        let values = try answers([UInt8]("*2\r\n$\(large.count)\r\n".utf8) + large + [UInt8]("\r\n:3\r\n".utf8))
        let array = try #require(values.first?.array)
        #expect(array[0].bytes?.toArray() == large)
        #expect(array[1] == .integer(3))
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "*5000000\r\n", "*-2\r\n", "~~~", "{\"a\":1}\r\n"])
    func `what is not RESP2, or claims too much, is an error`(text: String) {
        #expect(throws: RedisError.self) { try answers(text) }
    }

    @Test func `an array length that does not fit 32 bits does not reach past its elements`() throws {
        // 2^32 and 2^32 + 1: hiredis cuts them to 0 and 1.
        _ = try? answers("*4294967296\r\n:1\r\n:2\r\n")
        _ = try? answers("*4294967297\r\n:1\r\n:2\r\n")
    }

    @Test func `eight arrays deep is refused, seven are not`() throws {
        let deep = String(repeating: "*1\r\n", count: 7) + ":1\r\n"
        #expect(try answers(deep).count == 1)
        #expect(throws: RedisError.self) { try answers("*1\r\n*1\r\n" + deep) }
    }

    @Test func `an answer over the limit is an error before it is complete`() {
        let reader = ReplyReader(limit: 1000)
        var found: [RedisValue] = []
        #expect(throws: RedisError.self) {
            for _ in 0..<2000 { try feed(reader, [UInt8]("$9000\r\n".utf8)[...], into: &found) }
        }
    }

    @Test func `random bytes and damaged answers never crash the reader`() {
        let seed = Entropy.bits()
        print("reply fuzz seed \(seed)")
        var random = SeededRandom(seed: seed)
        let pieces = [
            "*3\r\n", "$5\r\nhello\r\n", ":12\r\n", "-ERR\r\n", "+OK\r\n", "*-1\r\n", "$-1\r\n", "*0\r\n", "\r\n",
        ]
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                bytes += pieces.randomElement(using: &random).map { [UInt8]($0.utf8) } ?? []
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            for value in (try? answers(bytes)) ?? [] { walk(value) }
        }
    }

    /// Touches every byte of a value.
    private func walk(_ value: RedisValue) {
        _ = value.bytes?.hashValue
        for element in value.array ?? RedisArray(.empty, first: 0, count: 0) { walk(element) }
    }
}

func answers(_ text: String) throws -> [RedisValue] { try answers([UInt8](text.utf8)) }

func answers(_ bytes: [UInt8]) throws -> [RedisValue] {
    var found: [RedisValue] = []
    try feed(ReplyReader(), bytes[...], into: &found)
    return found
}

func feed(_ reader: ReplyReader, _ bytes: ArraySlice<UInt8>, into found: inout [RedisValue]) throws {
    try bytes.withUnsafeBytes { raw in
        try reader.feed(raw) { value in
            found.append(value)
            return true
        }
    }
}

/// A generator whose run can be repeated from the seed that a failing test printed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
