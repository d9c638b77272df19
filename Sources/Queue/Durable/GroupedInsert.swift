import Postgres
import Runtime
import Synchronization

/// Writes single jobs of many callers with one statement: what gathers while statements are under way goes out with the
/// next.
final class GroupedInsert: Sendable {
    private struct Entry: Sendable {
        let rows: [OutboxRow]
        let caller: UnsafeContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Entry] = []
        var running = 0
    }

    /// More would only make the groups smaller.
    private static let statementsAtOnce = 2
    private static let largestGroup = 1000

    private let loops: LoopGroup
    private let write: @Sendable ([OutboxRow]) async throws -> Void
    private let state = Mutex(State())

    init(loops: LoopGroup, write: @escaping @Sendable ([OutboxRow]) async throws -> Void) {
        self.loops = loops
        self.write = write
    }

    /// Returns when the rows are committed.
    func insert(_ rows: [OutboxRow]) async throws {
        try await withUnsafeThrowingContinuation { caller in
            let mustStart = state.withLock { state in
                state.waiting.append(Entry(rows: rows, caller: caller))
                guard state.running < Self.statementsAtOnce else { return false }
                state.running += 1
                return true
            }
            // It begins after the jobs that are ready now, so those can join.
            if mustStart { loops.next().spawn { await self.drain() } }
        }
    }

    private func drain() async {
        while let group = next() {
            do {
                try await write(group.flatMap(\.rows))
                for entry in group { entry.caller.resume() }
            } catch {
                for entry in group { entry.caller.resume(throwing: error) }
            }
        }
    }

    private func next() -> [Entry]? {
        state.withLock { state in
            var rows = 0
            var count = 0
            while count < state.waiting.count, count == 0 || rows + state.waiting[count].rows.count <= Self.largestGroup
            {
                rows += state.waiting[count].rows.count
                count += 1
            }
            guard count > 0 else {
                state.running -= 1
                return nil
            }
            let group = Array(state.waiting[..<count])
            state.waiting.removeFirst(count)
            return group
        }
    }
}
