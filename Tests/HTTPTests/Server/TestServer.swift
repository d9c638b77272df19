import Runtime
import TestSupport
import Testing

@testable import HTTP

/// A server on a port of its own, for one test.
final class TestServer: Sendable {
    let server: HTTPServer
    let metrics = MetricsRegistry()
    let log = LogCapture()
    let endpoint: Endpoint

    private init(
        _ endpoint: Endpoint, _ loops: LoopGroup, _ options: HTTPServerOptions, _ handler: any RequestHandler
    ) async throws {
        server = HTTPServer(
            on: endpoint, loops: loops, options.patient, metrics: metrics, log: Logger(level: .debug, sink: log),
            handler: handler)
        try await server.start()
        if case .tcp(let host, _) = endpoint {
            self.endpoint = .tcp(host: host, port: try #require(server.address).port)
        } else {
            self.endpoint = endpoint
        }
    }

    /// Runs `body` with a server, and stops it then.
    static func run<Value: Sendable>(
        on endpoint: Endpoint = .tcp(host: "127.0.0.1", port: 0), loops: LoopGroup = Loops.group,
        _ options: HTTPServerOptions = .init(), _ handler: @escaping Handler = echo,
        _ body: (TestServer) async throws -> Value
    ) async throws -> Value {
        try await run(on: endpoint, loops: loops, options, handler: WaitingHandler(respond: handler), body)
    }

    static func run<Value: Sendable>(
        on endpoint: Endpoint = .tcp(host: "127.0.0.1", port: 0), loops: LoopGroup = Loops.group,
        _ options: HTTPServerOptions = .init(), handler: any RequestHandler,
        _ body: (TestServer) async throws -> Value
    ) async throws -> Value {
        let server = try await TestServer(endpoint, loops, options, handler)
        do {
            let value = try await body(server)
            await server.server.stop()
            return value
        } catch {
            await server.server.stop()
            throw error
        }
    }

    /// What the server counts under a name, with the start of its labels.
    func metric(_ name: String, _ label: String = "") -> Double? {
        var text = ByteBuffer()
        metrics.write(to: &text)
        let line = text.toString().split(separator: "\n").first { $0.hasPrefix("\(name){") && $0.contains(label) }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    /// Answers what was asked: method, path, query, a field or two, and the body.
    static let echo: Handler = { request in
        let body = try await request.body.all(upTo: 1 << 20)
        let text =
            "\(request.method.rawValue) \(request.path) \(request.query ?? "-") \(String(decoding: body, as: UTF8.self))"
        return Response(200, headers: ["Content-Type": "text/plain"], body: .bytes(Array(text.utf8)))
    }
}

extension HTTPServerOptions {
    /// Times that a test does not set are not what it tries, and the machine may be busy.
    var patient: HTTPServerOptions {
        let usual = HTTPServerOptions()
        var options = self
        if headTime == usual.headTime { options.headTime = .minutes(5) }
        if slowTime == usual.slowTime { options.slowTime = .minutes(5) }
        if idleTime == usual.idleTime { options.idleTime = .minutes(5) }
        return options
    }
}
