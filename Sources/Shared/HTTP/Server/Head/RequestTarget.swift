/// What a request asks for: a path and a query, or an absolute URL as proxies send it, or `*` of OPTIONS.
enum RequestTarget {
    static func parse(_ bytes: RawSpan, _ target: Range<Int>, into head: inout ParsedHead) throws(Refusal) {
        var start = target.lowerBound
        switch bytes[start] {
        case UInt8(ascii: "/"): break
        case UInt8(ascii: "*") where target.count == 1 && head.method == .options:
            head.path = target
            return
        default:
            let authority = try authority(bytes, target)
            head.authority = authority
            start = authority.upperBound
        }
        let pathEnd = try endOfPath(bytes, start..<target.upperBound)
        head.path = start..<pathEnd
        guard pathEnd < target.upperBound else { return }
        for position in pathEnd + 1..<target.upperBound where !Characters.isQuery(bytes[position]) {
            throw Refusal(400, "a character that no query may hold")
        }
        head.query = pathEnd + 1..<target.upperBound
    }

    private static func endOfPath(_ bytes: RawSpan, _ rest: Range<Int>) throws(Refusal) -> Int {
        var position = rest.lowerBound
        while position < rest.upperBound {
            let byte = bytes[position]
            if byte == UInt8(ascii: "?") { break }
            guard Characters.isPath(byte) else { throw Refusal(400, "a character that no path may hold") }
            if byte == UInt8(ascii: "%") {
                guard position + 2 < rest.upperBound, let high = Characters.hexValue(bytes[position + 1]),
                    let low = Characters.hexValue(bytes[position + 2]), high | low != 0
                else { throw Refusal(400, "a percent sign without a character's number") }
            }
            position &+= 1
        }
        return position
    }

    /// The host of `http://host/path`.
    private static func authority(_ bytes: RawSpan, _ target: Range<Int>) throws(Refusal) -> Range<Int> {
        let fault = Refusal(400, "a malformed target")
        let scheme =
            bytes.matches(target.prefix(7), "http://") ? 7 : bytes.matches(target.prefix(8), "https://") ? 8 : 0
        guard scheme > 0 else { throw fault }
        let start = target.lowerBound + scheme
        var end = start
        while end < target.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end &+= 1 }
        guard isHost(bytes, start..<end) else { throw fault }
        return start..<end
    }

    /// A name or an address, and perhaps a port.
    static func isHost(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        for position in range where !Characters.isHost(bytes[position]) { return false }
        return true
    }
}
