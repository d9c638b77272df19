import HTTP
import Runtime
import TestSupport
import Testing

struct LimitTests {
    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Times that a test can wait for.
    private func options(_ change: (inout HTTPServerOptions) -> Void) -> HTTPServerOptions {
        var options = HTTPServerOptions()
        change(&options)
        return options
    }

    private func cuts(_ server: TestServer, _ phase: String) -> Double? {
        server.metric("http_server_connections_cut_total", "phase=\"\(phase)\"")
    }

    @Test func `a head that does not come to its end in time is 408`() async throws {
        // The time runs from the connection on, and who says nothing in it gets no answer.
        try await TestServer.run(options { $0.headTime = .seconds(3) }) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get + "GET / HTTP/1.1\r\nHost: a\r\n")
            #expect(try await client.answer().status == 200)
            #expect(try await client.answer().status == 408)
            #expect(try await client.rest() == "")
            #expect(cuts(server, "head") == 1)
        }
    }

    @Test func `bytes that come one by one do not extend the time for a head`() async throws {
        try await TestServer.run(options { $0.headTime = .seconds(3) }) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET / HTTP/1.1\r\nHost: a\r\nA: ")
            try await eventually {
                await client.send("b")
                return await client.isClosed
            }
            #expect(try await client.answer().status == 408)
        }
    }

    @Test func `who connects and says nothing is hung up on`() async throws {
        try await TestServer.run(options { $0.headTime = .milliseconds(50) }) { server in
            let client = try await RawClient.connect(to: server)
            #expect(try await client.rest() == "")
        }
    }

    @Test func `an idle connection is closed in time, one that is used is not`() async throws {
        try await TestServer.run(options { $0.idleTime = .milliseconds(200) }) { server in
            let idle = try await RawClient.connect(to: server)
            await idle.send(get)
            #expect(try await idle.answer().status == 200)
            let used = try await RawClient.connect(to: server)
            var last = MonotonicTime.now
            while await !idle.isClosed {
                let sent = MonotonicTime.now
                await used.send(get)
                guard (try? await used.answer()) != nil else {
                    // Where the machine is slow, the test itself may have left it idle since the request before.
                    #expect(MonotonicTime.now - last > .milliseconds(190))
                    break
                }
                last = sent
            }
            #expect(try await idle.rest() == "")
            #expect(try #require(cuts(server, "idle")) >= 1)
        }
    }

    @Test func `a body slower than the slowest rate is 408 for its reader`() async throws {
        let limits = options {
            $0.slowTime = .milliseconds(100)
            $0.slowestRate = 100_000
        }
        try await TestServer.run(limits) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            try await eventually {
                await client.send("x")
                return await !client.received.isEmpty
            }
            #expect(try await client.answer().status == 408)
            #expect(cuts(server, "body") == 1)
        }
    }

    @Test func `a body that waits for its reader is not slow`() async throws {
        let gate = Gate()
        let handler: Handler = { request in
            try await gate.pass()
            return Response(body: .bytes(try await request.body.all(upTo: 1 << 20)))
        }
        let limits = options {
            $0.slowTime = .seconds(1)
            $0.slowestRate = 1
        }
        try await TestServer.run(limits, handler) { server in
            let client = try await RawClient.connect(to: server)
            let body = String(repeating: "x", count: 500_000)
            await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n\(body)")
            let later = MonotonicTime.now + .milliseconds(2500)
            try await eventually { gate.waiting == 1 && MonotonicTime.now > later }
            gate.open()
            #expect(try await client.answer().text == body)
        }
    }

    @Test func `who does not read the answer is cut off, and gets no more meanwhile`() async throws {
        let limits = options { $0.slowTime = .milliseconds(100) }
        let large = [UInt8](repeating: 1, count: 1 << 20)
        try await TestServer.run(limits, { _ in Response(body: .bytes(large)) }) { server in
            let client = try await RawClient.connect(to: server)
            await client.pauseReading(true)
            await client.send(String(repeating: get, count: 100))
            try await eventually("it is cut off") { cuts(server, "answer") == 1 }
            // What sockets hold, and one or two that were on their way.
            #expect(try #require(server.metric("http_server_requests_total")) < 30)
            try await eventually { server.metric("http_server_connections") == 0 }
        }
    }

    @Test func `who does not hang up after the goodbye is hung up on`() async throws {
        try await TestServer.run(options { $0.lingerTime = .milliseconds(50) }) { server in
            let client = try await RawClient.connect(to: server)
            await client.pauseReading(true)
            await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            try await eventually { server.metric("http_server_requests_total") == 1 }
            try await eventually { server.metric("http_server_connections") == 0 }
        }
    }

    @Test func `one address has so many connections, and the next when one is closed`() async throws {
        try await TestServer.run(options { $0.connectionsPerAddress = 2 }) { server in
            let first = try await RawClient.connect(to: server)
            let second = try await RawClient.connect(to: server)
            for client in [first, second] {
                await client.send(get)
                #expect(try await client.answer().status == 200)
            }
            #expect(try await RawClient.connect(to: server).rest() == "")
            #expect(server.metric("http_server_connections_refused_total") == 1)
            await first.hangUp()
            try await eventually { server.metric("http_server_connections") == 1 }
            let third = try await RawClient.connect(to: server)
            await third.send(get)
            #expect(try await third.answer().status == 200)
        }
    }

    @Test func `a trusted proxy has as many connections as it wants, each client behind it as many as it may`()
        async throws
    {
        let limits = options {
            $0.connectionsPerAddress = 1
            $0.trustedProxies = [AddressRange("127.0.0.1")].compactMap { $0 }
        }
        try await TestServer.run(limits) { server in
            var kept: [RawClient] = []
            for (source, isTaken) in [("192.0.2.1", true), ("192.0.2.2", true), ("192.0.2.1", false)] {
                let client = try await RawClient.connect(to: server)
                await client.send("PROXY TCP4 \(source) 10.0.0.1 1 2\r\n\(get)")
                if isTaken {
                    #expect(try await client.answer().status == 200)
                } else {
                    #expect(try await client.rest() == "")
                }
                kept.append(client)
            }
        }
    }

    @Test func `there is an end to all connections together`() async throws {
        try await TestServer.run(options { $0.connections = 1 }) { server in
            let first = try await RawClient.connect(to: server)
            await first.send(get)
            #expect(try await first.answer().status == 200)
            #expect(try await RawClient.connect(to: server).rest() == "")
        }
    }

    @Test func `a connection has so many requests`() async throws {
        try await TestServer.run(options { $0.requestsPerConnection = 3 }) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(String(repeating: get, count: 5))
            #expect(try await client.answer()["Connection"] == nil)
            #expect(try await client.answer()["Connection"] == nil)
            #expect(try await client.answer()["Connection"] == "close")
            #expect(try await client.rest() == "")
            #expect(server.metric("http_server_requests_total") == 3)
        }
    }

    @Test func `a field that would end its line is not sent`() async throws {
        let handler: Handler = { request in
            Response(headers: ["X-Echo": "a\r\nSet-Cookie: \(request.path)", "Content-Length": "99"])
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get)
            let answer = try await client.answer()
            #expect(answer.status == 500)
            #expect(answer["Set-Cookie"] == nil)
        }
    }

    @Test func `who has said its last word still gets its answers`() async throws {
        let handler: Handler = { request in
            try await request.loop.domain.sleep(for: .milliseconds(5))
            return Response(body: .bytes(Array(request.path.utf8)))
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            await client.endSending()
            #expect(try await client.answer().text == "/a")
            #expect(try await client.answer().text == "/b")
            #expect(try await client.rest() == "")
        }
    }
}
