import Runtime
import Synchronization

/// The lobbies of all loops, for what concerns every socket.
final class RealtimeHall: Sendable {
    private let lobbies = Mutex<[LoopBound<RealtimeLobby>]>([])

    func open(_ lobbies: [LoopBound<RealtimeLobby>]) { self.lobbies.withLock { $0 = lobbies } }

    /// Something may have been missed.
    func requireSync() {
        for lobby in lobbies.withLock({ $0 }) { lobby.loop.execute { lobby.value(on: $0).requireSync(on: $0) } }
    }
}
