import Runtime

/// One kind of WebSocket of a process: what it allows, and on each loop the sockets that there are.
public final class WebSocketEndpoint: LifecycleComponent {
    public let name = "websockets"
    public let options: WebSocketOptions
    private let rosters: [LoopBound<WebSocketRoster>]

    public init(_ options: WebSocketOptions = .init(), loops: LoopGroup, metrics: MetricsRegistry) {
        self.options = options
        let meters = WebSocketMeters(metrics)
        rosters = loops.loops.map { LoopBound(WebSocketRoster(options, meters), to: $0) }
    }

    /// The answer that turns the connection of `request` into a WebSocket, of which `handler` then hears. Who may ask,
    /// and from which origin, is for the caller to check before.
    public func accept(
        _ request: Request, for handler: any WebSocketHandler
    ) throws(WebSocketRefusal) -> Response {
        let roster = rosters[request.loop.index]
        let isDraining = roster.onCurrentLoop { roster, _ in roster.isDraining }
        if isDraining { throw .closing }
        let handshake = try WebSocketHandshake(request, options)
        let upgrade = WebSocketUpgrade(roster: roster, handler: handler, compresses: handshake.compresses)
        return Response(101, headers: handshake.headers, body: .upgrade(takeOver: upgrade))
    }

    /// The sockets of the loop that it is called on.
    public func sockets(on domain: isolated LoopDomain) -> WebSocketRoster {
        rosters[domain.loop.index].value(on: domain)
    }

    public func start() async throws {}

    /// Tells all clients to come back later, and returns when they have gone or their time is over.
    public func stop() async {
        await withTaskGroup { group in
            for roster in rosters {
                group.addTask(executorPreference: roster.loop) { await Self.drain(roster, on: roster.loop.domain) }
            }
        }
    }

    private static func drain(_ roster: LoopBound<WebSocketRoster>, on domain: isolated LoopDomain) async {
        await roster.value(on: domain).drain(.restarting, "restart", on: domain)
    }
}

/// Takes a connection over from HTTP.
private struct WebSocketUpgrade: ConnectionUpgrade {
    let roster: LoopBound<WebSocketRoster>
    let handler: any WebSocketHandler
    let compresses: Bool

    func takeOver(
        _ connection: StreamConnection, early: UnsafeRawBufferPointer, on domain: isolated LoopDomain
    ) -> any StreamHandler {
        let socket = roster.value(on: domain).open(connection, handler, compresses: compresses, on: domain)
        // A client must wait for our answer, which has not even left (RFC 6455, section 4.1).
        if !early.isEmpty { socket.fail(.protocolError, "frames before the handshake was answered", on: domain) }
        return socket
    }
}
