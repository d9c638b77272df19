import Runtime
import Testing

@testable import HTTP

struct HandshakeTests {
    private static let good: [(String, String)] = [
        ("Host", "localhost"), ("Connection", "keep-alive, Upgrade"), ("Upgrade", "WebSocket"),
        ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    private func handshake(
        _ method: HTTPMethod = .get, without left: String? = nil, with added: [(String, String)] = [],
        _ options: WebSocketOptions = .init()
    ) throws(WebSocketRefusal) -> WebSocketHandshake {
        var headers = HTTPHeaders()
        for (name, value) in Self.good where name != left { headers.add(name, value) }
        for (name, value) in added { headers.add(name, value) }
        return try WebSocketHandshake(
            Request(method, "/", headers: headers, loop: Loops.single.loops[0]), options)
    }

    @Test func `the example of RFC 6455 is answered`() throws {
        let answer = try handshake().headers
        #expect(answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(answer["Upgrade"] == "websocket")
        #expect(answer["Sec-WebSocket-Protocol"] == nil && answer["Sec-WebSocket-Extensions"] == nil)
    }

    @Test(arguments: [
        ("Connection", nil, 426), ("Connection", "keep-alive", 426), ("Upgrade", nil, 426), ("Upgrade", "h2c", 426),
        ("Sec-WebSocket-Version", nil, 426), ("Sec-WebSocket-Version", "8", 426),
        ("Sec-WebSocket-Key", nil, 400), ("Sec-WebSocket-Key", "short", 400), ("Sec-WebSocket-Key", "c2hvcnQ=", 400),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZTEyMw==", 400),
    ])
    func `a request that lacks something is refused`(_ name: String, value: String?, status: Int) {
        let refusal = #expect(throws: WebSocketRefusal.self) {
            try handshake(without: name, with: value.map { [(name, $0)] } ?? [])
        }
        #expect(refusal?.status == status)
        #expect((refusal?.headers["Upgrade"] == "websocket") == (status == 426))
    }

    @Test func `a handshake with a body is refused`() throws {
        var headers = HTTPHeaders()
        for (name, value) in Self.good { headers.add(name, value) }
        let refusal = #expect(throws: WebSocketRefusal.self) {
            let request = Request(
                .get, "/", headers: headers, body: RequestBody([1]), loop: Loops.single.loops[0])
            _ = try WebSocketHandshake(request, .init())
        }
        #expect(refusal?.status == 400)
    }

    @Test func `another version is told which one is spoken`() {
        let refusal = #expect(throws: WebSocketRefusal.self) {
            try handshake(without: "Sec-WebSocket-Version", with: [("Sec-WebSocket-Version", "12")])
        }
        #expect(refusal?.headers["Sec-WebSocket-Version"] == "13")
    }

    @Test func `two keys, and another method, are refused`() {
        let twoKeys = #expect(throws: WebSocketRefusal.self) {
            try handshake(with: [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")])
        }
        let post = #expect(throws: WebSocketRefusal.self) { try handshake(.post) }
        #expect(twoKeys?.status == 400)
        #expect(post?.status == 405 && post?.headers["Allow"] == "GET")
    }

    @Test(
        arguments: [
            (["switchyard.v1"], "switchyard.v1"), (["other", "switchyard.v2, switchyard.v1"], "switchyard.v2"),
            (["Switchyard.v1"], nil), (["other"], nil), ([], nil),
        ] as [([String], String?)])
    func `the first subprotocol of the client's that is understood is chosen`(_ offers: [String], chosen: String?)
        throws
    {
        var options = WebSocketOptions()
        options.subprotocols = ["switchyard.v1", "switchyard.v2"]
        let answer = try handshake(with: offers.map { ("Sec-WebSocket-Protocol", $0) }, options)
        #expect(answer.headers["Sec-WebSocket-Protocol"] == chosen)
    }

    @Test func `compression is an option`() throws {
        let offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
        var options = WebSocketOptions()
        #expect(try !handshake(with: offer, options).compresses)
        options.compresses = true
        #expect(try handshake(with: offer, options).compresses)
        #expect(try !handshake(with: [], options).compresses)
    }
}
