import Testing

/// A request that is not taken, and what is answered; the connection ends with it.
struct RefusalCase: CustomTestStringConvertible, Sendable {
    let name: String
    let request: String
    let status: Int

    var testDescription: String { name }

    init(_ status: Int, _ name: String, _ request: String) {
        self.status = status
        self.name = name
        self.request = request
    }

    /// With a request line and a Host that are well.
    private init(_ status: Int, field: String) {
        self.init(status, field.debugDescription, "POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
    }

    private init(_ status: Int, line: String) {
        self.init(status, line.debugDescription, "\(line)\r\nHost: a\r\n\r\n")
    }

    private init(chunks: String) {
        self.init(
            400, "chunks \(chunks.debugDescription)",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
    }

    static let lines = [
        RefusalCase(400, line: "GET  / HTTP/1.1"), RefusalCase(400, line: "GET /  HTTP/1.1"),
        RefusalCase(400, line: "GET /a b HTTP/1.1"), RefusalCase(400, line: " GET / HTTP/1.1"),
        RefusalCase(400, line: "GET / HTTP/1.1 "), RefusalCase(400, line: "GET / http/1.1"),
        RefusalCase(400, line: "GET / HTTP/1"), RefusalCase(400, line: "GET / HTTP/11"),
        RefusalCase(400, line: "GET / HTTP/1.10"), RefusalCase(400, line: "GET / HTTP/1.x"),
        RefusalCase(400, line: "GET / HTCPCP/1.0"), RefusalCase(505, line: "GET / HTTP/2.0"),
        RefusalCase(505, line: "GET / HTTP/1.2"), RefusalCase(505, line: "GET / HTTP/0.9"),
        RefusalCase(505, line: "GET / HTTP/9.9"), RefusalCase(505, line: "PRI * HTTP/2.0"),
        RefusalCase(400, line: "GET /"), RefusalCase(400, line: "GET"), RefusalCase(400, line: "GET\t/ HTTP/1.1"),
        RefusalCase(400, line: "GET / HTTP/1.1\u{0}"), RefusalCase(400, line: "G(T / HTTP/1.1"),
        RefusalCase(501, line: "BREW / HTTP/1.1"), RefusalCase(501, line: "get / HTTP/1.1"),
        RefusalCase(501, line: "CONNECT a:80 HTTP/1.1"), RefusalCase(501, line: "GETT / HTTP/1.1"),
        RefusalCase(400, line: "{} / HTTP/1.1"),
        RefusalCase(400, "two empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        RefusalCase(400, "LF alone before it", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        RefusalCase(400, "a TLS client", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}"),
        RefusalCase(400, "LF alone behind the line", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        RefusalCase(400, "CR alone in the line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"),
        RefusalCase(414, "a line of 9 KB", "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    static let targets = [
        RefusalCase(400, line: "GET a HTTP/1.1"), RefusalCase(400, line: "GET * HTTP/1.1"),
        RefusalCase(400, line: "GET /a#b HTTP/1.1"), RefusalCase(400, line: "GET /\u{7F} HTTP/1.1"),
        RefusalCase(400, line: "GET /\u{E4} HTTP/1.1"), RefusalCase(400, line: "GET /a\\b HTTP/1.1"),
        RefusalCase(400, line: "GET /a\"b HTTP/1.1"), RefusalCase(400, line: "GET /<a> HTTP/1.1"),
        RefusalCase(400, line: "GET /%zz HTTP/1.1"), RefusalCase(400, line: "GET /%a HTTP/1.1"),
        RefusalCase(400, line: "GET /% HTTP/1.1"), RefusalCase(400, line: "GET /%00 HTTP/1.1"),
        RefusalCase(400, line: "GET /?\u{1} HTTP/1.1"), RefusalCase(400, line: "GET /?a#b HTTP/1.1"),
        RefusalCase(400, line: "GET ftp://a/ HTTP/1.1"), RefusalCase(400, line: "GET http:///x HTTP/1.1"),
        RefusalCase(400, line: "GET http://b/ HTTP/1.1"), RefusalCase(400, line: "GET http://u@a/ HTTP/1.1"),
        RefusalCase(400, line: "GET //\u{0} HTTP/1.1"), RefusalCase(400, line: "GET a:80 HTTP/1.1"),
    ]

    static let fields = [
        RefusalCase(400, "no Host", "GET / HTTP/1.1\r\n\r\n"), RefusalCase(400, field: "Host: b"),
        RefusalCase(400, "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        RefusalCase(400, "a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        RefusalCase(400, "a Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        RefusalCase(400, "a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        RefusalCase(400, "a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        RefusalCase(400, field: "A : b"), RefusalCase(400, field: "A\t: b"), RefusalCase(400, field: " A: b"),
        RefusalCase(400, field: "\tfolded"), RefusalCase(400, field: "A: b\r\n folded"),
        RefusalCase(400, field: "A: b\r\n\tfolded"), RefusalCase(400, field: ": b"), RefusalCase(400, field: "A"),
        RefusalCase(400, field: "A{}: b"), RefusalCase(400, field: "\u{C4}: b"), RefusalCase(400, field: "A: b\u{0}c"),
        RefusalCase(400, field: "A: b\u{1}"), RefusalCase(400, field: "A: b\u{7F}"), RefusalCase(400, field: "A: b\rc"),
        RefusalCase(400, field: "A: b\nC: d"), RefusalCase(400, field: "A\u{0}: b"),
        RefusalCase(400, "LF alone ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        RefusalCase(400, field: "Content-Type: text/plain\r\nContent-Type: text/plain"),
        RefusalCase(400, field: "Authorization: Bearer a\r\nauthorization: Bearer b"),
        RefusalCase(417, field: "Expect: 200-ok"), RefusalCase(417, field: "Expect: 100-continue, x"),
        RefusalCase(431, "101 fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "A: b\r\n", count: 100))\r\n"),
        RefusalCase(431, field: "A: \(String(repeating: "b", count: 17_000))"),
        RefusalCase(431, field: String(repeating: "b", count: 17_000)),
    ]

    static let lengths = [
        RefusalCase(400, field: "Content-Length: 1\r\nContent-Length: 2"),
        RefusalCase(400, field: "Content-Length: 1\r\nContent-Length: 1"),
        RefusalCase(400, field: "Content-Length: 1, 1"), RefusalCase(400, field: "Content-Length: +1"),
        RefusalCase(400, field: "Content-Length: -1"), RefusalCase(400, field: "Content-Length: 0x1"),
        RefusalCase(400, field: "Content-Length: 1 1"), RefusalCase(400, field: "Content-Length:"),
        RefusalCase(400, field: "Content-Length: one"), RefusalCase(400, field: "Content-Length: 1.0"),
        RefusalCase(400, field: "Content-Length : 1"),
        RefusalCase(413, field: "Content-Length: 99999999999999999999999"),
        RefusalCase(400, field: "Content-Length: 3\r\nTransfer-Encoding: chunked"),
        RefusalCase(400, field: "Transfer-Encoding: chunked\r\nContent-Length: 3"),
        RefusalCase(400, field: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        RefusalCase(501, field: "Transfer-Encoding: gzip, chunked"),
        RefusalCase(501, field: "Transfer-Encoding: xchunked"),
        RefusalCase(501, field: "Transfer-Encoding: identity"),
        RefusalCase(501, field: "Transfer-Encoding: chunked, chunked"),
        RefusalCase(501, field: "Transfer-Encoding: chunked;q=1"), RefusalCase(501, field: "Transfer-Encoding:"),
        RefusalCase(501, field: "Transfer-Encoding: \"chunked\""),
        RefusalCase(
            400, "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

    static let bodies = [
        RefusalCase(chunks: "x\r\n"), RefusalCase(chunks: "\r\n"), RefusalCase(chunks: "-1\r\n"),
        RefusalCase(chunks: "+1\r\na\r\n"), RefusalCase(chunks: "0x1\r\na\r\n"), RefusalCase(chunks: " 1\r\na\r\n"),
        RefusalCase(chunks: "1 \r\na\r\n"), RefusalCase(chunks: "1\na\r\n"), RefusalCase(chunks: "1\r\nab\r\n"),
        RefusalCase(chunks: "1\r\na\n0\r\n\r\n"), RefusalCase(chunks: "1\r\na\rb"), RefusalCase(chunks: "1,1\r\na\r\n"),
        RefusalCase(chunks: "fffffffffffffffff\r\n"), RefusalCase(chunks: "0000000000000001\r\na\r\n"),
        RefusalCase(chunks: "1;\u{0}\r\na\r\n"), RefusalCase(chunks: "1;a\nb\r\na\r\n"),
        RefusalCase(chunks: "1;\(String(repeating: "e", count: 300))\r\na\r\n"),
        RefusalCase(chunks: String(repeating: "1;\(String(repeating: "e", count: 200))\r\na\r\n", count: 50)),
        RefusalCase(chunks: "0\r\nA\r\n\r\n"), RefusalCase(chunks: "0\r\n A: b\r\n\r\n"),
        RefusalCase(chunks: "0\r\nA : b\r\n\r\n"), RefusalCase(chunks: "0\r\nContent-Length: 1\r\n\r\n"),
        RefusalCase(chunks: "0\r\nTransfer-Encoding: x\r\n\r\n"), RefusalCase(chunks: "0\r\nHost: b\r\n\r\n"),
        RefusalCase(chunks: "0\r\nA: b\n\r\n"),
        RefusalCase(chunks: "0\r\nA: \(String(repeating: "b", count: 9000))\r\n\r\n"),
    ]
}
