import Runtime

/// The sockets of one loop: pings them, notices who has fallen silent, closes all at the end.
public final class WebSocketRoster {
    let options: WebSocketOptions
    let meters: WebSocketMeters
    let bench = Workbench()
    private let tick: Duration
    private var wheel: DeadlineWheel<WebSocket>
    private var isSweeping = false
    private(set) var isDraining = false
    private var whenEmpty: UnsafeContinuation<Void, Never>?

    init(_ options: WebSocketOptions, _ meters: WebSocketMeters) {
        self.options = options
        self.meters = meters
        let shortest = min(options.pingInterval, options.silenceLimit, options.closeTime)
        tick = min(max(shortest / 32, .milliseconds(2)), .milliseconds(500))
        wheel = DeadlineWheel(tick: tick, now: .now)
    }

    public var count: Int { wheel.count }

    func open(
        _ stream: StreamConnection, _ handler: any WebSocketHandler, compresses: Bool,
        on domain: isolated LoopDomain
    ) -> WebSocket {
        stream.congestionLimit = WebSocket.gatheredBytes
        stream.isOneOfMany = true
        let socket = WebSocket(stream, handler, in: self, compresses: compresses, now: domain.now)
        meters.opened()
        if wheel.count == 0 { wheel.restart(at: domain.now) }
        wheel.add(socket, at: domain.now + options.pingInterval)
        sweepLater(on: domain)
        socket.begin(on: domain)
        return socket
    }

    func noteEnd(of socket: WebSocket, _ code: CloseCode, lookAgain: MonotonicTime) {
        meters.closed(code)
        wheel.hasten(socket, to: lookAgain)
    }

    func remove(_ socket: WebSocket, on domain: isolated LoopDomain) {
        wheel.remove(socket)
        guard wheel.count == 0 else { return }
        whenEmpty?.resume()
        whenEmpty = nil
    }

    // MARK: Sweep

    private func sweepLater(on domain: isolated LoopDomain) {
        guard !isSweeping else { return }
        isSweeping = true
        domain.schedule(after: tick) { self.sweep(on: domain) }
    }

    private func sweep(on domain: isolated LoopDomain) {
        isSweeping = false
        for socket in wheel.advance(to: domain.now) {
            // Seated before it is looked at, since that may close it.
            wheel.add(socket, at: domain.now + options.closeTime)
            let next = socket.inspect(on: domain)
            if wheel.remove(socket) { wheel.add(socket, at: next) }
        }
        if wheel.count > 0 { sweepLater(on: domain) }
    }

    // MARK: The end

    /// Takes no more sockets, closes all there are, and returns when the last has gone.
    func drain(_ code: CloseCode, _ reason: String, on domain: isolated LoopDomain) async {
        isDraining = true
        for socket in wheel.all { socket.close(code, reason, on: domain) }
        guard wheel.count > 0 else { return }
        await withUnsafeContinuation { whenEmpty = $0 }
    }
}
