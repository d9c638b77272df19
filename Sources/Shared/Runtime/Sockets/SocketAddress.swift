import CSystem
import Glibc

/// An address as the kernel wants it.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    private var storage: [UInt8]

    init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
        storage = [UInt8](UnsafeRawBufferPointer(start: address, count: Int(length)))
    }

    /// The address of a Unix socket. Paths are limited by the kernel to 107 bytes.
    public init(unixPath path: String) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw SystemError(ENAMETOOLONG, "socket \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        storage = withUnsafeBytes(of: &address) { [UInt8]($0) }
    }

    /// An address in numbers, such as `127.0.0.1` or `::1`; no name is looked up.
    public init(numericHost host: String, port: UInt16) throws {
        var ipv4 = sockaddr_in()
        var ipv6 = sockaddr_in6()
        if inet_pton(AF_INET, host, &ipv4.sin_addr) == 1 {
            ipv4.sin_family = sa_family_t(AF_INET)
            ipv4.sin_port = port.bigEndian
            storage = withUnsafeBytes(of: &ipv4) { [UInt8]($0) }
        } else if inet_pton(AF_INET6, host, &ipv6.sin6_addr) == 1 {
            ipv6.sin6_family = sa_family_t(AF_INET6)
            ipv6.sin6_port = port.bigEndian
            storage = withUnsafeBytes(of: &ipv6) { [UInt8]($0) }
        } else {
            throw Resolver.Failure(host: host, reason: "not an IP address")
        }
    }

    public var family: Int32 { withAddress { address, _ in Int32(address.pointee.sa_family) } }

    public func withAddress<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        // Room for alignment: an array of bytes is at least 16-aligned by malloc, which sockaddr needs no more of.
        storage.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("an address is never empty") }
            return body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }

    /// `192.0.2.1:80`, `[2001:db8::1]:80` or `unix:/path`.
    public var description: String {
        if family == AF_UNIX { return "unix:\(unixPath)" }
        let (host, port) = numericParts
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The address without its port; empty for a Unix socket.
    public var host: String { family == AF_UNIX ? "" : numericParts.host }

    public var port: UInt16 { UInt16(numericParts.port) ?? 0 }

    private var unixPath: String {
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        return String(decoding: storage.dropFirst(start).prefix { $0 != 0 }, as: UTF8.self)
    }

    private var numericParts: (host: String, port: String) {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: 16)
        let failure = withAddress { address, length in
            getnameinfo(
                address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard failure == 0 else { return ("", "") }
        return (text(host), text(port))
    }

    private func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
