import Runtime

/// Who is at the other end of a connection.
struct Peer {
    /// Nil for a Unix socket.
    private(set) var address: IPAddress?
    private(set) var isTrusted: Bool

    init(_ socket: SocketAddress, _ options: HTTPServerOptions) {
        self.init(socket.withAddress { socket, _ in IPAddress(socket) }?.unmapped, options)
    }

    /// Only who may open a path can connect to a Unix socket: it is trusted.
    init(_ address: IPAddress?, _ options: HTTPServerOptions) {
        self.address = address
        isTrusted = address.map(options.trusts) ?? true
    }

    /// The client of a request: the nearest address that is no trusted proxy's. A proxy appends the address that it
    /// saw, so the list is read from its end; what lies beyond the first stranger is that stranger's word.
    func client(of headers: RequestHeaders, _ options: HTTPServerOptions) -> IPAddress? {
        guard isTrusted, let chain = options.forwardingHeader.addresses(in: headers) else { return address }
        var nearest = address
        for address in chain.reversed() {
            guard let address else { break }
            nearest = address
            if !options.trusts(address) { break }
        }
        return nearest
    }
}

extension HTTPServerOptions {
    fileprivate func trusts(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }
}
