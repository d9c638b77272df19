import Runtime

/// Hears what happens on a WebSocket, always on its loop.
public protocol WebSocketHandler: AnyObject {
    func opened(_ socket: WebSocket, on domain: isolated LoopDomain)
    func received(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain)
    /// A ping is about to go: the place to send what should travel with it.
    func pinging(_ socket: WebSocket, on domain: isolated LoopDomain)
    /// Once, as soon as nothing more can come or go; also when it was we who closed.
    func closed(_ socket: WebSocket, with code: CloseCode, on domain: isolated LoopDomain)
}

extension WebSocketHandler {
    public func opened(_ socket: WebSocket, on domain: isolated LoopDomain) {}
    public func pinging(_ socket: WebSocket, on domain: isolated LoopDomain) {}
}
