import CPostgres
import Runtime

/// A request to the server to end what a connection runs.
final class Cancellation {
    /// The connection's count of syncs while the unwanted call was running.
    private let syncs: Int
    /// Whether the server has taken it: from then on it hits nothing else.
    var hasReturned = false

    private var request: OpaquePointer?

    /// Taken from the connection while it is surely open.
    init(on connection: Connection) {
        syncs = connection.syncs
        request = PQgetCancel(connection.handle)
    }

    /// Whether what was to be ended is not running any more.
    func isDone(on connection: Connection) -> Bool { connection.syncs != syncs }

    deinit { PQfreeCancel(request) }

    /// Sends it, and comes back when the server has taken it. libpq connects for that, and blocks meanwhile.
    func send(from threads: ThreadPool, on domain: isolated LoopDomain) async {
        guard let request else { return }
        self.request = nil
        let address = UInt(bitPattern: request)
        do {
            try await threads.run {
                var reason = [CChar](repeating: 0, count: 256)
                PQcancel(OpaquePointer(bitPattern: address), &reason, Int32(reason.count))
                PQfreeCancel(OpaquePointer(bitPattern: address))
            }
            hasReturned = true
        } catch {
            // No thread is free: the connection is closed when its grace is over.
            PQfreeCancel(OpaquePointer(bitPattern: address))
        }
    }
}
