import Glibc
import Synchronization

/// Turns names into addresses, off the loops: `getaddrinfo` blocks.
public enum Resolver {
    public struct Failure: Error, CustomStringConvertible {
        public let host: String
        public let reason: String
        public var description: String { "cannot resolve \(host): \(reason)" }
    }

    /// An answer on its way from a thread to a loop.
    private final class Answer: Sendable {
        let result = Mutex<Result<[SocketAddress], any Error>?>(nil)
    }

    private static let threads = ThreadPool(name: "resolver", threads: 2)

    /// All addresses of an endpoint in the order to try them.
    public static func addresses(
        of endpoint: Endpoint, within limit: Duration, on domain: isolated LoopDomain
    ) async throws -> [SocketAddress] {
        switch endpoint {
        case .unix(let path): return [try SocketAddress(unixPath: path)]
        case .tcp(let host, let port):
            // A numeric address needs no thread.
            if let addresses = try? look(up: host, port: port, flags: AI_NUMERICHOST) { return addresses }
            return try await ask(for: host, port: port, within: limit, on: domain)
        }
    }

    private static func ask(
        for host: String, port: UInt16, within limit: Duration, on domain: isolated LoopDomain
    ) async throws -> [SocketAddress] {
        let answer = Answer()
        let loop = domain.loop
        try await domain.park(within: limit) { id in
            @Sendable func deliver(_ result: Result<[SocketAddress], any Error>) {
                answer.result.withLock { $0 = result }
                loop.execute { $0.unpark(id) }
            }
            do {
                try threads.submit(
                    { deliver(Result { try look(up: host, port: port, flags: AI_ADDRCONFIG) }) },
                    orElse: { deliver(.failure(ThreadPool.Stopped())) })
            } catch { domain.unpark(id, throwing: error) }
        }
        return try answer.result.withLock { $0 }?.get() ?? []
    }

    private static func look(up host: String, port: UInt16, flags: Int32) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &first)
        guard failure == 0 else { throw Failure(host: host, reason: String(cString: gai_strerror(failure))) }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = first
        while let info = next?.pointee {
            if let address = info.ai_addr { addresses.append(SocketAddress(address, length: info.ai_addrlen)) }
            next = info.ai_next
        }
        return addresses
    }
}
