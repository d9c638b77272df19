/// Where values of Redis' protocol begin and end.
enum RedisFrame {
    /// The end of the value that begins at `start`; nil when some of it has not come yet.
    static func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let line = endOfLine(bytes, start) else { return nil }
        let count = number(bytes, start + 1, line - 2)
        switch bytes[start] {
        case UInt8(ascii: "$"):
            let end = count < 0 ? line : line + count + 2
            return end <= bytes.count ? end : nil
        case UInt8(ascii: "*"):
            var at = line
            for _ in 0..<max(count, 0) {
                guard let next = end(of: bytes, from: at) else { return nil }
                at = next
            }
            return at
        default: return line
        }
    }

    /// The words of a command, which has come as a whole.
    static func words(of bytes: UnsafeRawBufferPointer, from start: Int) -> [ArraySlice<UInt8>] {
        guard var at = endOfLine(bytes, start) else { return [] }
        return (0..<max(number(bytes, start + 1, at - 2), 0)).compactMap { _ in
            guard let line = endOfLine(bytes, at) else { return nil }
            let end = line + number(bytes, at + 1, line - 2)
            at = end + 2
            return ArraySlice(bytes[line..<end])
        }
    }

    /// Many lists as one.
    static func joined(_ lists: [[UInt8]]) -> [UInt8] {
        var count = 0
        var body: [UInt8] = []
        for list in lists {
            list.withUnsafeBytes { bytes in
                guard let line = endOfLine(bytes, 0) else { return }
                count += max(number(bytes, 1, line - 2), 0)
                body += bytes[line...]
            }
        }
        return Array("*\(count)\r\n".utf8) + body
    }

    private static func endOfLine(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        return bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        Int(String(decoding: bytes[start..<end], as: UTF8.self)) ?? 0
    }
}
