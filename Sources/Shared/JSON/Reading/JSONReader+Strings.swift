extension JSONReader {
    /// A string as it stands in the document.
    struct StringToken {
        /// The first byte behind the opening quote.
        var start: Int
        /// Bytes up to the closing quote.
        var count: Int
        var isEscaped: Bool

        var range: Range<Int> { start..<start + count }
    }

    public mutating func string() throws(JSONStop) -> String {
        guard try peek() == UInt8(ascii: "\"") else { throw mismatch("a string") }
        return text(of: try scanString())
    }

    /// Lets `body` look at a string's text without making a `String` of it.
    public mutating func withString<R>(
        _ body: (UnsafeRawBufferPointer) throws(JSONStop) -> R
    ) throws(JSONStop) -> R {
        guard try peek() == UInt8(ascii: "\"") else { throw mismatch("a string") }
        let token = try scanString()
        guard token.isEscaped else { return try body(slice(token.range)) }
        let decoded = UnsafeMutableRawBufferPointer.allocate(byteCount: token.count, alignment: 1)
        defer { decoded.deallocate() }
        let count = JSONText.decode(slice(token.range), into: decoded)
        return try body(UnsafeRawBufferPointer(rebasing: decoded[..<count]))
    }

    func text(of token: StringToken) -> String {
        token.isEscaped
            ? JSONText.decoded(slice(token.range)) : String(decoding: slice(token.range), as: UTF8.self)
    }

    /// Checks the string whose opening quote is at `position`, and moves behind it.
    mutating func scanString() throws(JSONStop) -> StringToken {
        let start = position &+ 1
        var at = start
        var highBits: UInt64 = 0
        var isEscaped = false
        while true {
            if at &+ 8 <= end {
                let word = Words.load(base, at)
                let stops = Words.stops(word)
                guard stops != 0 else {
                    highBits |= word
                    at &+= 8
                    continue
                }
                let before = stops.trailingZeroBitCount & ~7
                highBits |= word & ((1 << UInt64(before)) &- 1)
                at &+= before >> 3
            } else {
                guard at < end else { throw malformed(.syntax, at: at, "the string does not end") }
                guard Words.isStop(base[at]) else {
                    highBits |= UInt64(base[at])
                    at &+= 1
                    continue
                }
            }
            if base[at] == UInt8(ascii: "\"") { break }
            isEscaped = true
            at &+= try escape(at: at)
        }
        position = at &+ 1
        let token = StringToken(start: start, count: at &- start, isEscaped: isEscaped)
        if highBits & Words.high != 0, !isUTF8(slice(token.range)) {
            throw malformed(.invalidUTF8, at: start - 1, "the string is not UTF-8")
        }
        return token
    }

    /// The length of the escape at `offset`; a control character there is refused too.
    @inline(never)
    private mutating func escape(at offset: Int) throws(JSONStop) -> Int {
        guard base[offset] == UInt8(ascii: "\\") else {
            throw malformed(.syntax, at: offset, "a control character in a string must be escaped")
        }
        guard let length = JSONText.escapeLength(in: bytes, at: offset) else {
            throw malformed(.syntax, at: offset, "no such escape")
        }
        return length
    }
}
