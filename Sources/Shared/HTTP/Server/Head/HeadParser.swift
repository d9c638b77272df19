/// Reads the head of a request: all of it or nothing, so that it does not matter in which pieces it comes.
///
/// Strict wherever two readers of the same bytes could disagree on where a request ends: such a request is refused.
struct HeadParser {
    let headBytes: Int
    let lineBytes: Int
    let maxFields: Int
    /// Filled by `parse`, and kept for the next head.
    private(set) var fields: [FieldSlice] = []
    private var seen = SeenFields()

    init(_ options: HTTPServerOptions) {
        precondition(options.headBytes <= 65_535, "a head's fields are counted in 16 bits")
        headBytes = options.headBytes
        lineBytes = min(options.lineBytes, options.headBytes)
        maxFields = options.fields
    }

    /// Nil while the head is not complete. Whatever is wrong is found as soon as its line has come.
    mutating func parse(_ bytes: RawSpan) throws(Refusal) -> ParsedHead? {
        fields.removeAll(keepingCapacity: true)
        seen = SeenFields()
        var head = ParsedHead()
        // One empty line is forgiven: some clients send it after a body.
        var position = Self.emptyLine(bytes)
        guard let lineEnd = try requestLineEnd(bytes, from: position) else { return nil }
        try RequestLine.parse(bytes, position..<lineEnd, into: &head)
        position = lineEnd + 2
        let limit = min(bytes.byteCount, headBytes)
        while true {
            guard let end = try bytes.lineEnd(from: position, to: limit) else {
                if bytes.byteCount >= headBytes { throw Refusal(431, "the head is too large") }
                return nil
            }
            if end == position { break }
            try readField(bytes, position..<end)
            position = end + 2
        }
        head.length = position + 2
        try seen.check(bytes, &head)
        return head
    }

    private static func emptyLine(_ bytes: RawSpan) -> Int {
        bytes.byteCount >= 2 && bytes[0] == 0x0D && bytes[1] == 0x0A ? 2 : 0
    }

    /// Where the first line ends; nil while it has not.
    private func requestLineEnd(_ bytes: RawSpan, from start: Int) throws(Refusal) -> Int? {
        if start < bytes.byteCount, !Characters.isToken(bytes[start]), start > 0 || bytes[0] != 0x0D {
            throw Refusal(400, "this is not HTTP")
        }
        let limit = min(bytes.byteCount, start + lineBytes)
        if let end = try bytes.lineEnd(from: start, to: limit) { return end }
        if bytes.byteCount >= start + lineBytes { throw Refusal(414, "the request line is too long") }
        return nil
    }

    @inline(__always)
    private mutating func readField(_ bytes: RawSpan, _ line: Range<Int>) throws(Refusal) {
        var colon = line.lowerBound
        while colon < line.upperBound, Characters.isToken(bytes[colon]) { colon &+= 1 }
        guard colon < line.upperBound, bytes[colon] == UInt8(ascii: ":"), colon > line.lowerBound else {
            throw Self.faultOfName(bytes, line, colon)
        }
        guard fields.count < maxFields else { throw Refusal(431, "too many fields") }
        let value = bytes.trimmed(colon + 1..<line.upperBound)
        let field = FieldSlice(name: line.lowerBound..<colon, value: value)
        try seen.note(bytes, field.name, value)
        fields.append(field)
    }

    private static func faultOfName(_ bytes: RawSpan, _ line: Range<Int>, _ end: Int) -> Refusal {
        if Characters.isBlank(bytes[line.lowerBound]) { return Refusal(400, "a folded line") }
        if end < line.upperBound, Characters.isBlank(bytes[end]) { return Refusal(400, "a blank in a field's name") }
        return Refusal(400, "a field without a proper name")
    }
}
