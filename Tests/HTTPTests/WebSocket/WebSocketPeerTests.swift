import Runtime
import TestSupport
import Testing

@testable import HTTP

struct WebSocketPeerTests {
    private static let plain = endpoint(compresses: false)
    private static let compressing = endpoint(compresses: true)

    private static func endpoint(compresses: Bool) -> WebSocketEndpoint {
        var options = WebSocketOptions()
        options.subprotocols = ["switchyard.v1"]
        options.compresses = compresses
        return WebSocketEndpoint(options, loops: Loops.group, metrics: MetricsRegistry())
    }

    @Test func `an independent client agrees on all of it`() async throws {
        let handler: Handler = { request in
            let endpoint = request.path == "/deflate" ? Self.compressing : Self.plain
            return try endpoint.accept(request, for: PeerSession(closes: request.path == "/close"))
        }
        let lines = try await TestServer.run(.init(), handler) { server in
            guard case .tcp(_, let port) = server.endpoint else { return "" }
            // Debian's Python, for Debian's packages.
            return try await TestProcess.run("/usr/bin/python3", ["\(Peers.folder)/websocket_peer.py", "\(port)"])
        }
        let wrong = lines.split(separator: "\n").filter { !$0.hasSuffix(" ok") }
        #expect(wrong.isEmpty)
        #expect(lines.split(separator: "\n").count == 21)
    }
}

/// Says everything back, or closes when it is spoken to.
private final class PeerSession: WebSocketHandler {
    private let closes: Bool

    init(closes: Bool) { self.closes = closes }

    func received(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain) {
        if closes { return socket.close(CloseCode(rawValue: 4001), "as you wish", on: domain) }
        _ = socket.send(message.kind, message.bytes, on: domain)
    }

    func closed(_ socket: WebSocket, with code: CloseCode, on domain: isolated LoopDomain) {}
}
