/// What the fields of one head say about its body and its connection, and whether they agree.
struct SeenFields {
    private var host: Range<Int>?
    private var length: Int?
    private var isChunked = false
    private var closes = false
    private var keepsAlive = false
    private var expectsContinue = false
    private var isConditional = false
    private var hasContentType = false
    private var hasAuthorization = false

    /// Notes a field that the server itself must understand; all others pass.
    @inline(__always)
    mutating func note(_ bytes: RawSpan, _ name: Range<Int>, _ value: Range<Int>) throws(Refusal) {
        if name.count > 7, bytes[name.lowerBound] | 0x20 == 0x69, bytes[name.lowerBound + 2] == 0x2D,
            bytes[name.lowerBound + 1] | 0x20 == 0x66
        {
            isConditional = true
        }
        switch name.count {
        case 4 where bytes.matches(name, "host"): try noteHost(bytes, value)
        case 6 where bytes.matches(name, "expect"): try noteExpectation(bytes, value)
        case 10 where bytes.matches(name, "connection"): noteConnection(bytes, value)
        case 12 where bytes.matches(name, "content-type"):
            guard !hasContentType else { throw Refusal(400, "more than one Content-Type") }
            hasContentType = true
        case 13 where bytes.matches(name, "authorization"):
            guard !hasAuthorization else { throw Refusal(400, "more than one Authorization") }
            hasAuthorization = true
        case 14 where bytes.matches(name, "content-length"): try noteLength(bytes, value)
        case 17 where bytes.matches(name, "transfer-encoding"): try noteEncoding(bytes, value)
        default: break
        }
    }

    private mutating func noteHost(_ bytes: RawSpan, _ value: Range<Int>) throws(Refusal) {
        guard host == nil else { throw Refusal(400, "more than one Host") }
        guard RequestTarget.isHost(bytes, value) else { throw Refusal(400, "a malformed Host") }
        host = value
    }

    private mutating func noteExpectation(_ bytes: RawSpan, _ value: Range<Int>) throws(Refusal) {
        guard bytes.matches(value, "100-continue") else { throw Refusal(417, "an expectation that is not known here") }
        expectsContinue = true
    }

    private mutating func noteLength(_ bytes: RawSpan, _ value: Range<Int>) throws(Refusal) {
        guard length == nil else { throw Refusal(400, "more than one Content-Length") }
        guard !value.isEmpty else { throw Refusal(400, "an empty Content-Length") }
        var count = 0
        for position in value {
            guard Characters.isDigit(bytes[position]) else { throw Refusal(400, "a malformed Content-Length") }
            guard count < 100_000_000_000_000_000 else { throw Refusal(413, "the body is too large") }
            count = count * 10 + Int(bytes[position] - 0x30)
        }
        length = count
    }

    private mutating func noteEncoding(_ bytes: RawSpan, _ value: Range<Int>) throws(Refusal) {
        guard !isChunked else { throw Refusal(400, "more than one Transfer-Encoding") }
        guard bytes.matches(value, "chunked") else { throw Refusal(501, "a transfer coding other than chunked") }
        isChunked = true
    }

    private mutating func noteConnection(_ bytes: RawSpan, _ value: Range<Int>) {
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != UInt8(ascii: ",") { end &+= 1 }
            let word = bytes.trimmed(start..<end)
            if bytes.matches(word, "close") { closes = true }
            if bytes.matches(word, "keep-alive") { keepsAlive = true }
            start = end &+ 1
        }
    }

    /// What all the fields together mean.
    func check(_ bytes: RawSpan, _ head: inout ParsedHead) throws(Refusal) {
        if host == nil, head.isVersion11 { throw Refusal(400, "no Host") }
        try checkAuthority(bytes, head)
        if isChunked {
            guard length == nil else { throw Refusal(400, "both Content-Length and Transfer-Encoding") }
            guard head.isVersion11 else { throw Refusal(400, "Transfer-Encoding in HTTP/1.0") }
            head.framing = .chunked
        } else if let length, length > 0 {
            head.framing = .length(length)
        }
        head.isConditional = isConditional
        head.keepsAlive = !closes && (head.isVersion11 || keepsAlive)
        // HTTP/1.0 knows no interim answers; without a body there is nothing to go on with.
        head.expectsContinue = expectsContinue && head.isVersion11 && head.framing != .none
    }

    /// Two names of the host must be the same one: caches and proxies may go by the other.
    private func checkAuthority(_ bytes: RawSpan, _ head: ParsedHead) throws(Refusal) {
        guard let authority = head.authority, let host else { return }
        guard authority.count == host.count else { throw Refusal(400, "Host and target disagree") }
        for offset in 0..<host.count
        where Characters.lower(bytes[host.lowerBound + offset])
            != Characters.lower(bytes[authority.lowerBound + offset])
        { throw Refusal(400, "Host and target disagree") }
    }
}
