import Glibc

/// A listening socket whose queue of connections is full, so that further ones hang.
final class FullBacklog {
    let port: UInt16
    private var descriptors: [Int32] = []

    struct Failure: Error {
        let step: String
        let code: Int32
    }

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        descriptors = [listener]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            let isListening =
                bind(listener, pointer, length) == 0 && listen(listener, 0) == 0
                && getsockname(listener, pointer, &length) == 0
            return isListening ? 0 : errno
        }
        port = UInt16(bigEndian: address.sin_port)
        guard code == 0 else { throw Failure(step: "listening", code: code) }
        for _ in 0..<4 { descriptors.append(Self.connecting(to: address)) }
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    private static func connecting(to address: sockaddr_in) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        var address = address
        withUnsafeBytes(of: &address) { bytes in
            _ = connect(
                descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        return descriptor
    }
}
