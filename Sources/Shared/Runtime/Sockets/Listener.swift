import CSystem
import Glibc

/// A listening socket of one loop. Several loops may listen on one TCP port: the kernel spreads the connections.
public final class Listener: IOSource {
    public typealias Accept = (_ descriptor: Int32, _ peer: SocketAddress) -> Void

    public let address: SocketAddress
    private let descriptor: Int32
    private let socketFile: String?
    private var registration: IORegistration?
    private var accept: Accept?

    /// Binds at once, so that a taken port is an error before anything starts. A path's stale socket is replaced.
    public init(_ endpoint: Endpoint, backlog: Int32 = 4096) throws {
        let bound = try Self.bind(endpoint)
        descriptor = bound.descriptor
        address = bound.address
        if case .unix(let path) = endpoint { socketFile = path } else { socketFile = nil }
        guard Glibc.listen(descriptor, backlog) == 0 else {
            let error = SystemError.last("listen on \(endpoint)")
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Hands every new connection to `accept`, on the loop.
    public func start(on domain: isolated LoopDomain, _ accept: @escaping Accept) throws(SystemError) {
        self.accept = accept
        registration = try domain.register(self, descriptor: descriptor, interest: .readable)
    }

    /// Stops listening; connections that were accepted stay.
    public func close(on domain: isolated LoopDomain) {
        guard let registration else { return }
        self.registration = nil
        accept = nil
        domain.deregister(registration)
        Glibc.close(descriptor)
        if let socketFile { unlink(socketFile) }
    }

    /// How many connections are taken before other sources have their turn.
    private static let acceptsPerTurn = 64

    public func ready(_ events: IOEvents, on domain: isolated LoopDomain) {
        for _ in 0..<Self.acceptsPerTurn {
            var peer = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = csystem_accept(descriptor, &peer, &length)
            guard accepted >= 0 else {
                if accepted == -EMFILE || accepted == -ENFILE { rest(on: domain) }
                return
            }
            let address = withUnsafePointer(to: &peer) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { SocketAddress($0, length: length) }
            }
            if address.family != AF_UNIX { _ = csystem_set_no_delay(accepted) }
            accept?(accepted, address)
        }
    }

    /// No descriptors left: looks away for a while, since the waiting connection would be reported without end.
    private func rest(on domain: isolated LoopDomain) {
        guard let registration else { return }
        domain.setInterest([], of: registration)
        domain.schedule(after: .milliseconds(100)) { domain.setInterest(.readable, of: registration) }
    }

    // MARK: Binding

    private static func bind(_ endpoint: Endpoint) throws -> (descriptor: Int32, address: SocketAddress) {
        let wanted = try localAddress(endpoint)
        let descriptor = csystem_stream_socket(wanted.family)
        guard descriptor >= 0 else { throw SystemError(-descriptor, "socket") }
        if wanted.family == AF_UNIX { removeStaleSocket(wanted, endpoint) } else { shareAddress(descriptor) }
        guard wanted.withAddress({ Glibc.bind(descriptor, $0, $1) }) == 0 else {
            let error = SystemError.last("listen on \(endpoint)")
            Glibc.close(descriptor)
            throw error
        }
        return (descriptor, boundAddress(of: descriptor) ?? wanted)
    }

    private static func localAddress(_ endpoint: Endpoint) throws -> SocketAddress {
        switch endpoint {
        case .unix(let path): return try SocketAddress(unixPath: path)
        case .tcp(let host, let port):
            return try SocketAddress(numericHost: host.isEmpty ? "0.0.0.0" : host, port: port)
        }
    }

    private static func shareAddress(_ descriptor: Int32) {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size)
    }

    /// A socket file that nobody answers on was left by a process that was killed.
    private static func removeStaleSocket(_ address: SocketAddress, _ endpoint: Endpoint) {
        guard case .unix(let path) = endpoint else { return }
        let probe = csystem_stream_socket(AF_UNIX)
        guard probe >= 0 else { return }
        defer { Glibc.close(probe) }
        if address.withAddress({ Glibc.connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED { unlink(path) }
    }

    private static func boundAddress(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length) == 0 ? SocketAddress($0, length: length) : nil
            }
        }
    }
}
