import HTTP
import Runtime
import TestSupport
import Testing

struct BodyTests {
    @Test func `100 Continue is sent when the handler wants the body, and not before`() async throws {
        let gate = Gate()
        let handler: Handler = { request in
            try await gate.pass()
            return Response(body: .bytes(try await request.body.all(upTo: 100)))
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            try await eventually("the handler runs") { gate.waiting == 1 }
            #expect(await client.received == "")
            gate.open()
            #expect(try await client.answer().status == 100)
            await client.send("ok")
            #expect(try await client.answer().text == "ok")
        }
    }

    @Test func `a refusal comes instead of 100 Continue, and ends the connection`() async throws {
        try await TestServer.run(.init(), { _ in Response(403) }) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            let answer = try await client.answer()
            #expect(answer.status == 403)
            #expect(answer["Connection"] == "close")
            #expect(try await client.rest() == "")
        }
    }

    @Test func `a small body that nobody reads is thrown away, a large one ends the connection`() async throws {
        try await TestServer.run(.init(), { request in Response(body: .bytes(Array(request.path.utf8))) }) { server in
            let client = try await RawClient.connect(to: server)
            let body = String(repeating: "x", count: 40_000)
            await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n")
            #expect(try await client.answer()["Connection"] == nil)
            await client.send(body + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().text == "/b")
            await client.send("POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n")
            #expect(try await client.answer()["Connection"] == "close")
            await client.send(body)
            #expect(try await client.rest() == "")
        }
    }

    @Test func `a handler that does not read holds its client back`() async throws {
        let gate = Gate()
        let handler: Handler = { request in
            request.body.limit = .max
            try await gate.pass()
            var count = 0
            while let piece = try await request.body.next() { count += piece.count }
            return Response(body: .bytes(Array("\(count)".utf8)))
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 33554432\r\n\r\n")
            await client.send([UInt8](repeating: 7, count: 32 << 20))
            try await eventually("the handler runs") { gate.waiting == 1 }
            // What sockets hold, and the little that the server reads ahead.
            #expect(try #require(server.metric("http_server_received_bytes_total")) < 1e6)
            gate.open()
            #expect(try await client.answer().text == "33554432")
        }
    }

    @Test func `a body that ends early is an error for its reader`() async throws {
        let ends = Gate()
        let handler: Handler = { request in
            do {
                _ = try await request.body.all(upTo: 1 << 20)
            } catch is ClientGone {
                try await ends.pass()
            }
            return Response()
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
            try await eventually { server.metric("http_server_requests_total") == 1 }
            await client.hangUp()
            try await eventually("the handler has heard of it") { ends.waiting == 1 }
            // Its place is kept as long as its handler runs.
            #expect(server.metric("http_server_connections") == 1)
            ends.open()
            try await eventually { server.metric("http_server_connections") == 0 }
        }
    }

    @Test func `chunks that turn bad while a handler reads are answered 400`() async throws {
        try await TestServer.run { server in
            let client = try await RawClient.connect(to: server)
            await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            try await eventually { server.metric("http_server_requests_total") == 1 }
            await client.send("zz\r\n")
            #expect(try await client.answer().status == 400)
            #expect(try await client.rest() == "")
        }
    }

    @Test func `the limit of a body is the handler's to set, and is kept for chunks too`() async throws {
        let handler: Handler = { request in
            if request.path == "/large" { request.body.limit = 3 << 20 }
            var count = 0
            while let piece = try await request.body.next() { count += piece.count }
            return Response(body: .bytes(Array("\(count)".utf8)))
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            let chunk = "80000\r\n\(String(repeating: "x", count: 512 << 10))\r\n"
            let chunks = String(repeating: chunk, count: 4) + "0\r\n\r\n"
            await client.send("POST /large HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
            #expect(try await client.answer().text == "2097152")
            await client.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
            #expect(try await client.answer().status == 413)
        }
    }
}
