import HTTP
import Runtime
import TestSupport
import Testing

/// What the server itself has to refuse is said in the words of whoever answers its requests.
struct FaultTests {
    @Test(arguments: [("GET / HTTP/1.x", "400 a malformed version"), ("BREW / HTTP/1.1", "501 a method")])
    func `what is no request is refused in the handler's words`(line: String, words: String) async throws {
        let answer = try await answer(to: line)
        #expect(answer.text.hasPrefix(words), "\(answer.text)")
        #expect(answer["Content-Type"] == "text/fault")
        #expect(answer["Connection"] == "close")
    }

    @Test func `so is what was answered and cannot be sent, with what the answer said`() async throws {
        #expect(try await answer(to: "GET /file HTTP/1.1").text == "404  known")
        #expect(try await answer(to: "GET /upgrade HTTP/1.0").text == "400  known")
        #expect(try await answer(to: "GET /throw HTTP/1.1").text == "500  -")
    }

    private func answer(to line: String) async throws -> RawAnswer {
        let server = HTTPServer(
            on: .tcp(host: "127.0.0.1", port: 0), loops: Loops.group, HTTPServerOptions().patient,
            metrics: MetricsRegistry(),
            log: Logger(level: .error, sink: LogCapture()), handler: Speaker())
        try await server.start()
        let client = try await RawClient.connect(
            to: .tcp(host: "127.0.0.1", port: try #require(server.address).port))
        await client.send("\(line)\r\nHost: a\r\n\r\n")
        let answer = try await client.answer()
        await client.hangUp()
        await server.stop()
        return answer
    }
}

/// Answers what cannot be sent.
private struct Speaker: RequestHandler {
    private struct Nobody: ConnectionUpgrade {
        func takeOver(
            _ connection: StreamConnection, early: UnsafeRawBufferPointer, on domain: isolated LoopDomain
        ) -> any StreamHandler { preconditionFailure("HTTP/1.0 has no upgrades") }
    }

    func begin(_ request: Request) -> Beginning {
        switch request.path {
        case "/file": .answer(Response(headers: ["X-Known": "known"], body: .file(path: "/nowhere", range: nil)))
        case "/upgrade":
            .answer(Response(101, headers: ["X-Known": "known"], body: .upgrade(takeOver: Nobody())))
        default: .work { throw CancellationError() }
        }
    }

    func answer(to fault: ServerFault) -> Response {
        let text = "\(fault.status) \(fault.reason) \(fault.unsent?["X-Known"] ?? "-")"
        return Response(fault.status, headers: ["Content-Type": "text/fault"], body: .bytes(Array(text.utf8)))
    }
}
