import HTTP
import Runtime
import TestSupport
import Testing

struct ServerLeakTests {
    /// In a process of its own: others use memory beside it. `SOAK=1` makes it a hundred thousand, many times.
    @Test(.measuresMemory) func `requests, refusals, streams and upgrades leave neither descriptors nor memory behind`()
        async
    {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let loops = LoopGroup(count: 2)
            try await TestServer.run(loops: loops, .init(), ServerLoad.handler) { server in
                try await ServerLoad.run(server, rounds: 200)
                let descriptors = FileDescriptors.count
                let rounds = Environment["SOAK"] == "1" ? 100_000 : 10_000
                let limit = 1024
                let growth = try await Memory.growth(below: limit) {
                    try await ServerLoad.run(server, rounds: rounds)
                }
                try await eventually("as many descriptors as before") { FileDescriptors.count <= descriptors + 8 }
                #expect(growth < limit, "\(growth) KB more")
                #expect(try #require(server.metric("http_server_requests_total")) >= Double(rounds))
            }
        }
    }
}

/// All that a server allocates for: small and large answers, packed ones, bodies in pieces, pipelines, clients that leave.
private enum ServerLoad {
    static let handler: Handler = { request in
        let text: HTTPHeaders = ["Content-Type": "text/plain"]
        switch request.path {
        case "/large": return Response(headers: text, body: .bytes([UInt8](repeating: 65, count: 20_000)))
        case "/stream":
            return Response(
                headers: text, body: .stream { writer in for _ in 0..<4 { try await writer.write([65, 66]) } })
        case "/fail": return Response(body: .bytes(try await request.body.all(upTo: 1)))
        default: return try await TestServer.echo(request)
        }
    }

    private static let pipeline: String = {
        let small = "GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-Some: thing\r\n\r\n"
        return String(repeating: small, count: 10)
            + "GET /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
            + "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
            + "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            + "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            + "POST /fail HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    }()
    private static let requests = 15

    /// About so many requests, over connections that live for a while.
    static func run(_ server: TestServer, rounds: Int) async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<max(rounds / 4 / requests / 10, 1) { try await connection(server) }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func connection(_ server: TestServer) async throws {
        let client = try await RawClient.connect(to: server)
        for _ in 0..<10 {
            await client.send(pipeline)
            for _ in 0..<requests { _ = try await client.answer() }
        }
        // Malformed, or gone in the middle.
        await client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        await client.hangUp()
        let stranger = try await RawClient.connect(to: server)
        await stranger.send("GET / HTTP/9.9\n\n")
        _ = try await stranger.rest()
    }
}
