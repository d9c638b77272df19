/// The first line of a request: method, target, version, with one space between them.
enum RequestLine {
    static func parse(_ bytes: RawSpan, _ line: Range<Int>, into head: inout ParsedHead) throws(Refusal) {
        var methodEnd = line.lowerBound
        while methodEnd < line.upperBound, Characters.isToken(bytes[methodEnd]) { methodEnd &+= 1 }
        guard methodEnd < line.upperBound, bytes[methodEnd] == 0x20 else {
            throw Refusal(400, "a request line without a method")
        }
        let start = methodEnd + 1
        // ` HTTP/1.1` is nine bytes.
        let targetEnd = line.upperBound - 9
        guard targetEnd > start, bytes[targetEnd] == 0x20 else { throw Refusal(400, "a malformed request line") }
        try readVersion(bytes, targetEnd + 1, into: &head)
        guard let method = method(bytes, line.lowerBound..<methodEnd) else {
            throw Refusal(501, "a method that is not known here")
        }
        head.method = method
        try RequestTarget.parse(bytes, start..<targetEnd, into: &head)
    }

    private static func readVersion(_ bytes: RawSpan, _ start: Int, into head: inout ParsedHead) throws(Refusal) {
        let (major, minor) = (bytes[start + 5], bytes[start + 7])
        guard bytes[start] == UInt8(ascii: "H"), bytes[start + 1] == UInt8(ascii: "T"),
            bytes[start + 2] == UInt8(ascii: "T"), bytes[start + 3] == UInt8(ascii: "P"),
            bytes[start + 4] == UInt8(ascii: "/"), bytes[start + 6] == UInt8(ascii: "."),
            Characters.isDigit(major), Characters.isDigit(minor)
        else { throw Refusal(400, "a malformed version") }
        guard major == UInt8(ascii: "1"), minor <= UInt8(ascii: "1") else {
            throw Refusal(505, "HTTP/1.1 is spoken here")
        }
        head.isVersion11 = minor == UInt8(ascii: "1")
        head.keepsAlive = head.isVersion11
    }

    /// Methods are spelled with their case.
    private static func method(_ bytes: RawSpan, _ word: Range<Int>) -> HTTPMethod? {
        let method: HTTPMethod
        let name: StaticString
        switch (word.count, bytes[word.lowerBound]) {
        case (3, UInt8(ascii: "G")): (method, name) = (.get, "GET")
        case (3, _): (method, name) = (.put, "PUT")
        case (4, UInt8(ascii: "P")): (method, name) = (.post, "POST")
        case (4, _): (method, name) = (.head, "HEAD")
        case (5, _): (method, name) = (.patch, "PATCH")
        case (6, _): (method, name) = (.delete, "DELETE")
        case (7, _): (method, name) = (.options, "OPTIONS")
        default: return nil
        }
        for offset in 0..<word.count where bytes[word.lowerBound + offset] != name.utf8Start[offset] { return nil }
        return method
    }
}
