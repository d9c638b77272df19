import HTTP
import Runtime
import TestSupport
import Testing

struct ServerTests {
    private func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: here\r\n\(fields)\r\n"
    }

    @Test func `a request is answered, and the connection stays for the next`() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get("/a?b=c"))
            let first = try await client.answer()
            #expect(first.status == 200)
            #expect(first.text == "GET /a b=c ")
            #expect(first["Content-Type"] == "text/plain")
            #expect(first["Date"]?.hasSuffix(" GMT") == true)
            #expect(first["Connection"] == nil)
            await client.send(get("/second"))
            #expect(try await client.answer().text == "GET /second - ")
        }
    }

    @Test func `pipelined requests are answered in order`() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            let requests = (0..<500).map { "POST /\($0) HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n\($0 + 100)" }
            await client.send(requests.joined())
            for number in 0..<500 { #expect(try await client.answer().text == "POST /\(number) - \(number + 100)") }
        }
    }

    @Test func `answers keep the order of their requests although later handlers end sooner`() async throws {
        let handler: Handler = { request in
            try await request.loop.domain.sleep(for: .milliseconds(request.path == "/slow" ? 20 : 0))
            return Response(body: .bytes(Array(request.path.utf8)))
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get("/slow") + get("/fast") + get("/slow"))
            for path in ["/slow", "/fast", "/slow"] { #expect(try await client.answer().text == path) }
        }
    }

    @Test func `a body of 900 KB arrives whole, also in single bytes`() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            let body = String(repeating: "0123456789", count: 90_000)
            await client.send("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            #expect(try await client.answer().text == "POST /big - \(body)")
            await client.sendSlowly("PUT /small HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await client.answer().text == "PUT /small - hello")
        }
    }

    @Test func `HEAD has the head of GET and no body`() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            await client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + get("/y"))
            let head = try await client.answer(toHead: true)
            #expect(head["Content-Length"] == "10")
            #expect(try await client.answer().text == "GET /y - ")
        }
    }

    @Test func `a body beyond the limit is 413 and ends the connection`() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n")
            let answer = try await client.answer()
            #expect(answer.status == 413)
            #expect(answer["Connection"] == "close")
            #expect(try await client.rest() == "")
        }
    }

    @Test func `an error of the handler is 500, and is logged`() async throws {
        struct Broken: Error {}
        try await TestServer.run(.init(), { _ in throw Broken() }) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get("/"))
            #expect(try await client.answer().status == 500)
            #expect(server.log.events.contains { "\($0.message)" == "a request failed" })
            await client.send(get("/"))
            #expect(try await client.answer().status == 500)
        }
    }

    @Test func `HTTP 1.0 ends the connection unless the client wants it kept`() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
            #expect(try await client.answer()["Connection"] == "keep-alive")
            await client.send("GET /a HTTP/1.0\r\n\r\n")
            #expect(try await client.answer()["Connection"] == "close")
            #expect(try await client.rest() == "")
        }
    }

    @Test func `a stop lets running requests end, and closes idle connections`() async throws {
        let gate = Gate()
        let handler: Handler = { _ in
            try await gate.pass()
            return Response(body: .bytes(Array("done".utf8)))
        }
        try await TestServer.run(.init(), handler) { server in
            let idle = try await RawClient.connect(to: server)
            let busy = try await RawClient.connect(to: server)
            await busy.send(get("/"))
            try await eventually("the request runs") { gate.waiting == 1 }
            async let stopped: Void = server.server.stop()
            #expect(try await idle.rest() == "")
            #expect(await !busy.isClosed)
            gate.open()
            let answer = try await busy.answer()
            #expect(answer.text == "done")
            #expect(answer["Connection"] == "close")
            await stopped
            #expect(server.metric("http_server_connections") == 0)
            await #expect(throws: (any Error).self) { try await RawClient.connect(to: server) }
        }
    }

    @Test func `a stop leaves no answer half sent to a client that reads slowly`() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 24 << 20)
        try await TestServer.run(.init(), { _ in Response(body: .bytes(body)) }) { server in
            let client = try await RawClient.connect(to: server)
            await client.pauseReading(true)
            await client.send(get("/"))
            try await eventually("it is answered") { server.metric("http_server_requests_total") == 1 }
            async let stopped: Void = server.server.stop()
            await client.pauseReading(false)
            #expect(try await client.rest().utf8.count > body.count)
            await stopped
        }
    }
}
