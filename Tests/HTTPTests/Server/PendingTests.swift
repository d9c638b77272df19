import Runtime
import Synchronization
import TestSupport
import Testing

@testable import HTTP

/// Answers that come with a call, from no task.
struct PendingTests {
    /// Answers with the path, as soon as the loop comes round to it, or when the gate is opened.
    private final class Later: RequestHandler {
        private let respond = Mutex<[@Sendable () -> Void]>([])

        var waiting: Int { respond.withLock { $0.count } }

        func begin(_ request: Request) -> Beginning {
            .pending { [self] answer in
                let bytes = Array(request.path.utf8)
                guard request.path == "/gate" else {
                    return request.loop.withCurrent(answer) { answer, domain in
                        domain.schedule(after: .milliseconds(1)) { answer(Response(body: .bytes(bytes))) }
                    }
                }
                let (loop, carried) = (request.loop, Carried(answer))
                respond.withLock {
                    $0.append { loop.execute { _ in carried.value(Response(body: .bytes(bytes))) } }
                }
            }
        }

        func open() { for go in respond.withLock({ exchange(&$0, with: []) }) { go() } }
    }

    @Test func `requests that came together are answered one by one, in their order`() async throws {
        try await TestServer.run(handler: Later()) { server in
            let client = try await RawClient.connect(to: server)
            await client.send((0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for number in 0..<50 { #expect(try await client.answer().text == "/\(number)") }
        }
    }

    @Test func `whoever has gone before the answer harms nobody, and leaves nothing`() async throws {
        let later = Later()
        try await TestServer.run(handler: later) { server in
            let gone = try await RawClient.connect(to: server)
            await gone.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
            let stays = try await RawClient.connect(to: server)
            await stays.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("both wait") { later.waiting == 2 }
            await gone.hangUp()
            later.open()
            #expect(try await stays.answer().text == "/gate")
            await stays.hangUp()
            try await eventually("no connection is left") { server.metric("http_server_connections") == 0 }
        }
    }

    @Test func `a server that stops waits for what is pending`() async throws {
        let later = Later()
        try await TestServer.run(handler: later) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("it waits") { later.waiting == 1 }
            async let stopped: Void = server.server.stop()
            later.open()
            let answer = try await client.answer()
            #expect(answer.text == "/gate")
            await stopped
        }
    }
}
