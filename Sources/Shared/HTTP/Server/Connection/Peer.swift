import Runtime

/// Who is at the other end of a connection.
struct Peer {
    /// Nil for a Unix socket.
    let address: IPAddress?
    let isTrusted: Bool

    init(_ address: SocketAddress, _ options: HTTPServerOptions) {
        let ip = address.withAddress { socket, _ in IPAddress(socket) }
        self.address = ip
        isTrusted = ip.map { ip in options.trustedProxies.contains { $0.contains(ip) } } ?? true
    }

    /// The client of a request.
    func client(of head: RequestHead) -> IPAddress? { address }
}
