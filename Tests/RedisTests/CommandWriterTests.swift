import Runtime
import Testing

@testable import Redis

@Suite struct CommandWriterTests {
    @Test func `a command is an array of its name and arguments`() {
        let text = written { writer in
            writer.command("SET")
            writer.append("ключ")
            writer.append(-17)
        }
        #expect(text == "*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$3\r\n-17\r\n")
    }

    @Test func `a wrong hint of the number of arguments changes nothing`() {
        for (hint, count) in [(0, 0), (0, 8), (0, 9), (0, 120), (9, 2), (500, 3), (98, 99), (99, 98), (1000, 0)] {
            let text = written { writer in
                writer.command("ECHO")
                writer.command("DEL", expecting: hint)
                for index in 0..<count { writer.append(index) }
                writer.command("PING")
            }
            let arguments = (0..<count).map { "$\("\($0)".utf8.count)\r\n\($0)\r\n" }.joined()
            #expect(text == "*1\r\n$4\r\nECHO\r\n*\(count + 1)\r\n$3\r\nDEL\r\n\(arguments)*1\r\n$4\r\nPING\r\n")
        }
    }

    @Test func `an argument is written piece by piece`() {
        let text = written { writer in
            writer.command("GET")
            writer.append(count: 6) { bytes in
                bytes.append("sw:")
                bytes.append("q:1")
            }
        }
        #expect(text == "*2\r\n$3\r\nGET\r\n$6\r\nsw:q:1\r\n")
    }

    @Test func `every kind of argument`() {
        let text = written { writer in
            writer.command("X", expecting: 6)
            writer.append([0x61, 0x62])
            writer.append([0x61, 0x62, 0x63][1...])
            writer.append(RedisBytes("raw"))
            writer.append(UInt64.max)
            writer.append(Int64.min)
            writer.append(2.5)
        }
        let arguments = ["ab", "bc", "raw", "18446744073709551615", "-9223372036854775808", "2.5"]
        #expect(text == "*7\r\n$1\r\nX\r\n" + arguments.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined())
    }

    private func written(_ body: (inout CommandWriter) -> Void) -> String {
        var writer = CommandWriter()
        body(&writer)
        _ = writer.takeCommands()
        return String(decoding: writer.readable, as: UTF8.self)
    }
}

@Suite struct RedisBytesTests {
    @Test(arguments: [
        ("0", 0), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("007", 7),
    ])
    func `decimal numbers`(text: String, value: Int) {
        #expect(RedisBytes(text).int == value)
    }

    @Test(arguments: ["", "-", "+1", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "1e3", "0x1"])
    func `what is no decimal number`(text: String) {
        #expect(RedisBytes(text).int == nil)
    }

    @Test func `equal bytes are equal keys`() {
        let array = RedisBytes("hello world")
        #expect(array[6..<11] == "world")
        #expect([array[0..<5]: 1]["hello"] == 1)
        #expect(array.starts(with: "hello"))
        #expect(!array.starts(with: "hello world!"))
        #expect(RedisBytes() == "")
    }
}
