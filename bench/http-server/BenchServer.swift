import HTTP
import JSON
import Runtime

struct BenchConfig: ConfigGroup {
    let listen: Endpoint

    init(from reader: inout ConfigReader) {
        listen = reader.read("LISTEN", .endpoint, default: .tcp(host: "127.0.0.1", port: 8080))
    }
}

func runBenchServer() -> Never {
    Launch.run("bench-http-server", BenchConfig.self) { config, launch in
        let sockets = WebSocketEndpoint(loops: launch.loops, metrics: launch.metrics)
        let server = HTTPServer(
            on: config.listen, loops: launch.loops, metrics: launch.metrics, log: launch.log
        ) { request in try await answer(request, sockets) }
        return [sockets, server]
    }
}

private func answer(_ request: Request, _ sockets: WebSocketEndpoint) async throws -> Response {
    switch request.path {
    case "/hello":
        return Response(
            headers: ["Content-Type": "application/json"], body: .bytes(Array("{\"greeting\":\"Hello\"}".utf8)))
    case "/echo":
        var visitor = try JSONCoder.decode(Visitor.self, from: try await request.body.all(upTo: 1 << 20))
        visitor.visits += 1
        return Response(
            headers: ["Content-Type": "application/json"], body: .bytes(try JSONCoder.encode(visitor)))
    case "/socket": return try sockets.accept(request, for: BenchSession())
    default: return Response(404)
    }
}

/// A socket that does nothing but be there.
private final class BenchSession: WebSocketHandler {
    func received(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain) {}
    func closed(_ socket: WebSocket, with code: CloseCode, on domain: isolated LoopDomain) {}
}

/// What is posted and comes back: six fields.
private struct Visitor: Codable, JSONReadable, JSONWritable {
    let id: Int
    let name: String
    let email: String
    let active: Bool
    var visits: Int
    let tags: [String]
}
