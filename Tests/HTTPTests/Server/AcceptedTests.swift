import HTTP
import Runtime
import TestSupport
import Testing

/// What looks odd and is right all the same.
struct AcceptedTests {
    @Test(arguments: [
        ("GET /a/%41?b=%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a/%41 b=%zz "),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / - "),
        ("GET /? HTTP/1.1\r\nHost: a:8080\r\n\r\n", "GET /  "),
        ("GET /a?b?c\\d|{} HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /a b?c\\d|{} "),
        ("GET http://a:80/b?c HTTP/1.1\r\nHost: A:80\r\n\r\n", "GET /b c "),
        ("GET https://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET / - "),
        ("GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", "GET / b "),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * - "),
        ("GET / HTTP/1.1\r\nhOST:a\r\nEmpty:\r\nTabs:\t \tb\t \r\nLatin: \u{E4}\r\n\r\n", "GET / - "),
        ("DELETE /;a=b,c:d@e!$&'()*+~ HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE /;a=b,c:d@e!$&'()*+~ - "),
        ("GET / HTTP/1.0\r\n\r\n", "GET / - "),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0003\r\n\r\nabc", "POST / - abc"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST / - "),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "POST / - "),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00a;x=\"y\";z\r\n0123456789\r\n"
                + "0\r\nChecksum: 5\r\nOther:\r\n\r\n", "PUT / - abc0123456789"
        ),
        ("PATCH / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", "PATCH / - "),
    ]) func `an unusual request is taken`(request: String, echo: String) async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            await client.send(request)
            #expect(try await client.answer().text == echo)
            let slow = try await RawClient.connect(to: server)
            await slow.sendSlowly(request)
            #expect(try await slow.answer().text == echo)
        }
    }

    @Test func `fields are found whatever their case, the first and all of them`() async throws {
        let handler: Handler = { request in
            let headers = request.headers
            let all = headers.all("x-LIST").joined(separator: "|")
            let text = "\(headers["x-one"] ?? "-") \(headers["X-None"] ?? "-") \(all) \(headers.has("HOST"))"
            #expect(headers.fields.map(\.name) == ["Host", "X-One", "x-list", "X-List"])
            return Response(body: .bytes(Array(text.utf8)))
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET / HTTP/1.1\r\nHost: a\r\nX-One:  1 \r\nx-list: a\r\nX-List: b\r\n\r\n")
            #expect(try await client.answer().text == "1 - a|b true")
        }
    }

    @Test func `a body in random chunks and random packets arrives as it was sent`() async throws {
        var seed = Seed()
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            for round in 0..<(Soak.isOn ? 1000 : 40) {
                let (requests, echoes) = RandomRequests.make(Int.random(in: 1...6, using: &seed), &seed)
                var rest = Array(requests.utf8)[...]
                while !rest.isEmpty {
                    let most = RandomRequests.packet(of: requests, &seed)
                    let count = min(rest.count, Int.random(in: 1...most, using: &seed))
                    await client.send(Array(rest.prefix(count)))
                    rest = rest.dropFirst(count)
                }
                for echo in echoes { #expect(try await client.answer().text == echo, "round \(round)") }
            }
        }
    }
}

/// Requests and the echoes that are due, from a model that does not parse.
private enum RandomRequests {
    /// Small ones for what is short.
    static func packet(of text: String, _ seed: inout Seed) -> Int {
        [text.utf8.count / 500 + 1, 1000, 20_000].randomElement(using: &seed) ?? 1
    }

    static func make(_ count: Int, _ seed: inout Seed) -> (requests: String, echoes: [String]) {
        var text = ""
        var echoes: [String] = []
        for _ in 0..<count {
            let path = "/" + word(Int.random(in: 0...30, using: &seed), &seed)
            let query = Bool.random(using: &seed) ? word(Int.random(in: 0...40, using: &seed), &seed) : nil
            let body = word([0, 1, 20, 3000, 12_000, 90_000].randomElement(using: &seed) ?? 0, &seed)
            let method = body.isEmpty ? "GET" : "POST"
            text += "\(method) \(path)\(query.map { "?\($0)" } ?? "") HTTP/1.1\r\nHost: a\r\n"
            for _ in 0..<Int.random(in: 0...20, using: &seed) {
                text += "\(word(8, &seed)): \(word(Int.random(in: 0...60, using: &seed), &seed))\r\n"
            }
            text += framed(body, &seed)
            echoes.append("\(method) \(path) \(query ?? "-") \(body)")
        }
        return (text, echoes)
    }

    private static func framed(_ body: String, _ seed: inout Seed) -> String {
        if body.isEmpty { return "\r\n" }
        if Bool.random(using: &seed) { return "Content-Length: \(body.utf8.count)\r\n\r\n\(body)" }
        var text = "Transfer-Encoding: chunked\r\n\r\n"
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(Int.random(in: 1...5000, using: &seed))
            text += "\(String(chunk.count, radix: 16, uppercase: Bool.random(using: &seed)))\r\n\(chunk)\r\n"
            rest = rest.dropFirst(chunk.count)
        }
        return text + "0\r\n\(Bool.random(using: &seed) ? "Trailer: x\r\n" : "")\r\n"
    }

    private static func word(_ count: Int, _ seed: inout Seed) -> String {
        String((0..<count).map { _ in Array("abcdefghijklmnopqrstuvwxyz").randomElement(using: &seed) ?? "a" })
    }
}
