import CSystem
import Glibc

extension StreamConnection {
    /// Connects to the first address of `endpoint` that answers, all within `limit`. Call `start` on what comes back.
    public static func connect(
        to endpoint: Endpoint, tls: TLSClientContext? = nil, within limit: Duration, on domain: isolated LoopDomain
    ) async throws -> StreamConnection {
        let deadline = MonotonicTime.now + limit
        let addresses = try await Resolver.addresses(of: endpoint, within: limit, on: domain)
        var lastError: any Error = SystemError(EHOSTUNREACH, "connect to \(endpoint)")
        for (position, address) in addresses.enumerated() {
            // An address that swallows what is sent to it must not use up the time of those behind it.
            let share = (deadline - .now) / (addresses.count - position)
            do {
                return try await connect(to: address, of: endpoint, tls: tls, until: .now + share, on: domain)
            } catch is CancellationError {
                throw CancellationError()
            } catch { lastError = error }
        }
        throw lastError
    }

    private static func connect(
        to address: SocketAddress, of endpoint: Endpoint, tls: TLSClientContext?, until deadline: MonotonicTime,
        on domain: isolated LoopDomain
    ) async throws -> StreamConnection {
        let descriptor = csystem_stream_socket(address.family)
        guard descriptor >= 0 else { throw SystemError(-descriptor, "socket") }
        do {
            try await establish(descriptor, to: address, until: deadline, on: domain)
            guard let tls else { return StreamConnection(descriptor: descriptor, peer: address) }
            let session = try tls.session(descriptor: descriptor, host: endpoint.host)
            try await handshake(session, descriptor: descriptor, until: deadline, on: domain)
            return StreamConnection(Transport(descriptor: descriptor, tls: session), peer: address)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    private static func establish(
        _ descriptor: Int32, to address: SocketAddress, until deadline: MonotonicTime, on domain: isolated LoopDomain
    ) async throws {
        if address.family != AF_UNIX { _ = csystem_set_no_delay(descriptor) }
        let result = address.withAddress { Glibc.connect(descriptor, $0, $1) }
        if result == 0 { return }
        // A Unix socket whose queue is full says EAGAIN and would never become writable: that is a refusal.
        guard errno == EINPROGRESS else { throw SystemError.last("connect to \(address)") }
        try await Readiness.wait(for: .writable, of: descriptor, until: deadline, on: domain)
        let failure = csystem_socket_error(descriptor)
        if failure != 0 { throw SystemError(failure, "connect to \(address)") }
    }

    private static func handshake(
        _ session: TLSSession, descriptor: Int32, until deadline: MonotonicTime, on domain: isolated LoopDomain
    ) async throws {
        while true {
            switch session.handshake() {
            case .done: return
            case .wants(let events):
                try await Readiness.wait(for: events, of: descriptor, until: deadline, on: domain)
            case .closed: throw TLSError(operation: "TLS handshake", reason: "connection closed")
            case .failed(let error): throw error
            }
        }
    }
}

extension Endpoint {
    /// The name that a certificate must bear.
    fileprivate var host: String {
        switch self {
        case .tcp(let host, _): host
        case .unix: "localhost"
        }
    }
}
