import Runtime
import Synchronization
import TestSupport
import Testing

@testable import HTTP

/// What the sessions of a server heard, in words.
final class SocketLog: Sendable {
    private let noted = Mutex<[String]>([])

    func note(_ words: String) { noted.withLock { $0.append(words) } }

    var words: [String] { noted.withLock { $0 } }

    func has(_ words: String) -> Bool { self.words.contains(words) }
}

/// A WebSocket server of which all sockets do what `react` says.
final class SocketServer: Sendable {
    typealias React = @Sendable (WebSocketMessage, WebSocket, isolated LoopDomain) -> Void

    let endpoint: WebSocketEndpoint
    let log: SocketLog
    let http: TestServer

    private init(_ endpoint: WebSocketEndpoint, _ log: SocketLog, _ http: TestServer) {
        self.endpoint = endpoint
        self.log = log
        self.http = http
    }

    static func run(
        _ options: WebSocketOptions = quick, loops: LoopGroup = Loops.group, react: @escaping React = echo,
        _ body: (SocketServer) async throws -> Void
    ) async throws {
        let endpoint = WebSocketEndpoint(options, loops: loops, metrics: MetricsRegistry())
        let log = SocketLog()
        let handler: Handler = { request in
            do throws(WebSocketRefusal) {
                return try endpoint.accept(request, for: Session(log, react))
            } catch {
                return Response(error.status, headers: error.headers)
            }
        }
        var serverOptions = HTTPServerOptions()
        serverOptions.connectionsPerAddress = nil
        try await TestServer.run(loops: loops, serverOptions, handler) { http in
            do { try await body(SocketServer(endpoint, log, http)) } catch {
                await endpoint.stop()
                throw error
            }
            await endpoint.stop()
        }
    }

    /// Clients that say no goodbye are not waited for as long as in life; those that are silent are, since a busy machine makes
    /// clients of many.
    static let quick = {
        var options = WebSocketOptions()
        options.closeTime = .milliseconds(300)
        options.silenceLimit = .hours(1)
        return options
    }()

    static let echo: React = { message, socket, domain in
        _ = socket.send(message.kind, message.bytes, on: domain)
    }
}

/// Notes what it hears.
private final class Session: WebSocketHandler {
    private let log: SocketLog
    private let react: SocketServer.React

    init(_ log: SocketLog, _ react: @escaping SocketServer.React) {
        self.log = log
        self.react = react
    }

    func opened(_ socket: WebSocket, on domain: isolated LoopDomain) { log.note("opened") }

    func received(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain) {
        log.note("\(message.kind) of \(message.bytes.count)")
        react(message, socket, domain)
    }

    func pinging(_ socket: WebSocket, on domain: isolated LoopDomain) { log.note("pinging") }

    func closed(_ socket: WebSocket, with code: CloseCode, on domain: isolated LoopDomain) {
        log.note("closed \(code)")
    }
}
