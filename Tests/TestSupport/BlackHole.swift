import Glibc

/// A TCP listener on which connecting succeeds and nothing is ever answered.
package final class BlackHole: Sendable {
    package let port: UInt16
    private let descriptor: Int32

    package init() throws {
        // The kernel completes connections that wait to be accepted, so nobody has to accept them.
        (descriptor, port) = try LoopbackSocket.bound(backlog: 1024)
    }

    deinit {
        close(descriptor)
    }
}

/// Ports for servers that cannot be told to choose one themselves.
package enum FreePort {
    /// A port that was free a moment ago, below the range from which the kernel takes ports for outgoing connections.
    package static func next() throws -> UInt16 {
        for _ in 0..<100 {
            if let (descriptor, port) = try? LoopbackSocket.bound(to: .random(in: 12_000..<32_000), backlog: 1) {
                close(descriptor)
                return port
            }
        }
        throw LoopbackSocket.Failure(step: "finding a free port", code: errno)
    }
}

/// A listening TCP socket on 127.0.0.1.
enum LoopbackSocket {
    struct Failure: Error, CustomStringConvertible {
        let step: String
        let code: Int32

        var description: String { "\(step): \(String(cString: strerror(code)))" }
    }

    /// Port 0 lets the kernel choose.
    static func bound(to port: UInt16 = 0, backlog: Int32) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard bind(descriptor, pointer, length) == 0, listen(descriptor, backlog) == 0,
                getsockname(descriptor, pointer, &length) == 0
            else { return errno }
            return 0
        }
        guard code == 0 else {
            close(descriptor)
            throw Failure(step: "listening on port \(port)", code: code)
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
