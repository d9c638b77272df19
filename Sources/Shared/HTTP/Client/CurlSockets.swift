import CCurl
import Glibc

/// The sockets that one multi handle has open. libcurl keeps the address of this object with each connection.
final class CurlSockets {
    private(set) var opened = 0
    private var open: Set<Int32> = []

    func makeSocket(for address: curl_sockaddr) -> Int32 {
        let descriptor = socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        guard descriptor >= 0 else { return ccurl_no_socket() }
        opened += 1
        open.insert(descriptor)
        return descriptor
    }

    func close(_ descriptor: Int32) -> Int32 {
        open.remove(descriptor)
        return Glibc.close(descriptor)
    }

    /// Ends a conversation without closing the descriptor, which is libcurl's to close; nothing for one that is not ours,
    /// such as those of its threads.
    func shutDown(_ descriptor: Int32) {
        if open.contains(descriptor) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// Ends all conversations
    func shutDownAll() {
        for descriptor in open { shutDown(descriptor) }
    }
}
