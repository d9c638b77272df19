import Synchronization

/// Counts connections, over all loops of a server.
final class Admission: Sendable {
    private struct Counts {
        var total = 0
        var ofAddress: [IPAddress: Int] = [:]
    }

    private let most: Int
    private let mostPerAddress: Int?
    private let counts = Mutex(Counts())

    init(_ options: HTTPServerOptions) {
        most = options.connections
        mostPerAddress = options.connectionsPerAddress
    }

    /// False when there is no room for one more.
    func admit(_ peer: Peer) -> Bool {
        counts.withLock { counts in
            guard counts.total < most else { return false }
            if let address = limited(peer), let mostPerAddress {
                let count = counts.ofAddress[address, default: 0]
                guard count < mostPerAddress else { return false }
                counts.ofAddress[address] = count + 1
            }
            counts.total += 1
            return true
        }
    }

    func leave(_ peer: Peer) {
        counts.withLock { counts in
            counts.total -= 1
            guard let address = limited(peer), let count = counts.ofAddress[address] else { return }
            counts.ofAddress[address] = count > 1 ? count - 1 : nil
        }
    }

    /// The address that is counted: not that of a proxy, behind which are many.
    private func limited(_ peer: Peer) -> IPAddress? {
        mostPerAddress == nil || peer.isTrusted ? nil : peer.address
    }
}
