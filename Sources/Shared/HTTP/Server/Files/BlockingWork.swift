import Runtime
import Synchronization

/// The threads of a server for what would hold a loop: files, and packing of large answers. None before they are needed.
final class BlockingWork: Sendable {
    private struct State {
        var pool: ThreadPool?
        var isStopped = false
    }

    private let state = Mutex(State())

    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool().run(work)
    }

    func stop() {
        let pool = state.withLock { state in
            state.isStopped = true
            return state.pool
        }
        pool?.stop()
    }

    private func pool() throws -> ThreadPool {
        try state.withLock { state in
            guard !state.isStopped else { throw ThreadPool.Stopped() }
            if let pool = state.pool { return pool }
            let pool = ThreadPool(name: "http", threads: 2)
            state.pool = pool
            return pool
        }
    }
}
