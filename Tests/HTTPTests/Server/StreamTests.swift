import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

struct StreamTests {
    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `a streamed answer comes in chunks as it is written, and the connection stays`() async throws {
        let gate = Gate()
        let handler: Handler = { _ in
            Response(
                headers: ["Content-Type": "text/plain"],
                body: .stream { writer in
                    try await writer.write(Array("first".utf8))
                    try await gate.pass()
                    try await writer.write([])
                    try await writer.write(Array("second".utf8))
                })
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get)
            try await eventually("the first piece") { await client.received.contains("5\r\nfirst\r\n") }
            gate.open()
            let answer = try await client.answer()
            #expect(answer["Transfer-Encoding"] == "chunked")
            #expect(answer["Content-Length"] == nil)
            #expect(answer.text == "firstsecond")
            await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get)
            #expect(try await client.answer(toHead: true).status == 200)
            #expect(try await client.answer().text == "firstsecond")
            await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let old = try await client.answer()
            #expect(old["Transfer-Encoding"] == nil)
            #expect(old["Connection"] == "close")
            #expect(old.text == "firstsecond")
        }
    }

    @Test func `who reads slowly holds the writer back`() async throws {
        let counter = MetricsRegistry().counter("written", "Bytes.")
        let handler: Handler = { _ in
            Response(
                body: .stream { writer in
                    for _ in 0..<512 {
                        try await writer.write([UInt8](repeating: 1, count: 64 << 10))
                        counter.add(64 << 10)
                    }
                })
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.pauseReading(true)
            await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            try await eventually("it has begun") { counter.value > 0 }
            // What sockets hold on both sides, and what the server keeps.
            try await eventually("it stands still") {
                let before = counter.value
                for _ in 0..<100 { await Task.yield() }
                return counter.value == before
            }
            #expect(counter.value < 16 << 20)
            await client.pauseReading(false)
            #expect(try await client.rest().utf8.count > 32 << 20)
        }
    }

    @Test func `a writer hears that its client is gone`() async throws {
        let gate = Gate()
        let handler: Handler = { _ in
            Response(
                body: .stream { writer in
                    do {
                        while true { try await writer.write([UInt8](repeating: 1, count: 64 << 10)) }
                    } catch is ClientGone {
                        try await gate.pass()
                    }
                })
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.pauseReading(true)
            await client.send(get)
            try await eventually { server.metric("http_server_sent_bytes_total") ?? 0 > 1e5 }
            await client.hangUp()
            try await eventually("the writer has heard of it") { gate.waiting == 1 }
            gate.open()
        }
    }

    @Test func `an answer that breaks off does not look whole`() async throws {
        struct Broken: Error {}
        let handler: Handler = { _ in
            Response(
                body: .stream { writer in
                    try await writer.write(Array("half".utf8))
                    throw Broken()
                })
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get)
            let text = try await client.rest()
            #expect(text.contains("half"))
            #expect(!text.hasSuffix("0\r\n\r\n"))
            #expect(server.log.messages.contains("an answer broke off"))
        }
    }

    @Test func `a writer that was kept cannot write into the next answer`() async throws {
        let kept = Mutex<(any BodyWriter)?>(nil)
        let handler: Handler = { request in
            if request.path == "/next" {
                let writer = kept.withLock { $0 }
                await #expect(throws: ClientGone.self) { try await writer?.write([1]) }
                return Response(body: .bytes(Array("clean".utf8)))
            }
            return Response(body: .stream { writer in kept.withLock { $0 = writer } })
        }
        try await TestServer.run(.init(), handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(get)
            #expect(try await client.answer().text == "")
            await client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().text == "clean")
        }
    }
}
