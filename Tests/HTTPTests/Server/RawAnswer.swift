/// An answer as it came over the wire, taken apart by rules of the tests' own.
struct RawAnswer {
    var status = 0
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// The first answer in the bytes, and how many they were; nil while it is not complete.
    static func read(_ bytes: ArraySlice<UInt8>, toHead: Bool, isAtEnd: Bool) -> (RawAnswer, Int)? {
        guard let headEnd = end(of: bytes) else { return nil }
        let lines = String(decoding: bytes[..<(headEnd - 4)], as: UTF8.self).split(separator: "\r\n")
        var answer = RawAnswer()
        answer.status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            answer.fields.append((String(parts[0]), String(value)))
        }
        var position = headEnd
        if !toHead, answer.status >= 200, ![204, 304].contains(answer.status) {
            guard let bodyEnd = answer.readBody(bytes, from: headEnd, isAtEnd: isAtEnd) else { return nil }
            position = bodyEnd
        }
        return (answer, position - bytes.startIndex)
    }

    /// Where the body ends; nil while it has not.
    private mutating func readBody(_ bytes: ArraySlice<UInt8>, from start: Int, isAtEnd: Bool) -> Int? {
        if let length = self["Content-Length"].flatMap({ Int($0) }) {
            guard bytes.endIndex >= start + length else { return nil }
            body = Array(bytes[start..<start + length])
            return start + length
        }
        if self["Transfer-Encoding"] == "chunked" { return readChunks(bytes, from: start) }
        guard isAtEnd else { return nil }
        body = Array(bytes[start...])
        return bytes.endIndex
    }

    private mutating func readChunks(_ bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        var position = start
        while let lineEnd = bytes[position...].firstIndex(of: 0x0D) {
            let size = Int(String(decoding: bytes[position..<lineEnd], as: UTF8.self), radix: 16) ?? 0
            let end = lineEnd + 2 + size
            guard bytes.endIndex >= end + 2 else { return nil }
            body += bytes[(lineEnd + 2)..<end]
            position = end + 2
            if size == 0 { return position }
        }
        return nil
    }

    private static func end(of bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (bytes.startIndex + 4...bytes.endIndex).first { bytes[($0 - 4)..<$0] == [13, 10, 13, 10] }
    }
}
