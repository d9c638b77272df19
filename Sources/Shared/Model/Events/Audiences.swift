import Postgres
import Runtime
import Synchronization

/// The audiences of the conversations in which something happens now. Each is read once, and again when a stay has begun or
/// ended since.
final class Audiences: Sendable {
    /// Members that are remembered in all: some 40 bytes each.
    private static let most = 200_000

    private struct State {
        var known: [ID<Conversation>: Audience] = [:]
        var members = 0
    }

    private let database: Database
    private let state = Mutex(State())

    init(database: Database) { self.database = database }

    /// Those of the conversations that are there, each as it was at `version` or is now. `age` is how old the answer may be at
    /// most where no version says so.
    func find(
        _ wanted: [ID<Conversation>: Int64], age: Duration = .days(1)
    ) async throws -> [ID<Conversation>: Audience] {
        let now = MonotonicTime.now
        var (found, missing) = state.withLock { state in
            var found: [ID<Conversation>: Audience] = [:]
            var missing: [ID<Conversation>] = []
            for (conversation, version) in wanted {
                if let known = state.known[conversation], known.version >= version, now - known.readAt <= age {
                    found[conversation] = known
                } else {
                    missing.append(conversation)
                }
            }
            return (found, missing)
        }
        guard !missing.isEmpty else { return found }
        let read = try await Audience.read(missing, on: database)
        keep(read, insteadOf: missing)
        found.merge(read) { $1 }
        return found
    }

    private func keep(_ read: [ID<Conversation>: Audience], insteadOf old: [ID<Conversation>]) {
        state.withLock { state in
            for conversation in old {
                if let gone = state.known.removeValue(forKey: conversation) { state.members -= gone.weight }
            }
            for (conversation, audience) in read {
                if state.members > Self.most { state = State() }
                state.known[conversation] = audience
                state.members += audience.weight
            }
        }
    }
}

extension Audience {
    fileprivate var weight: Int { listeners.count + 2 }
}
