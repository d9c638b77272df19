import JSON
import Postgres
import Runtime
import Synchronization

/// Writes the messages of all senders of the process in groups: while a statement is under way, those that come gather, and the
/// next takes them all.
package final class MessageWriter: Sendable {
    private struct Entry: Sendable {
        let id = ID<Message>.new()
        let message: NewMessage
        let caller: UnsafeContinuation<Message, any Error>
    }

    private struct State {
        var waiting: [Entry] = []
        var running = 0
        /// Of the groups under way: a second group with one of them would only wait for its row, and others with it.
        var busy: Set<ID<Conversation>> = []
    }

    private static let statementsAtOnce = 2
    private static let largestGroup = 256

    private let database: Database
    private let loops: LoopGroup
    private let clock: any WallClock
    private let state = Mutex(State())

    package init(database: Database, loops: LoopGroup, clock: any WallClock = SystemClock()) {
        self.database = database
        self.loops = loops
        self.clock = clock
    }

    /// Returns the message once it is committed: also one that was sent before under the same client id.
    package func send(_ message: NewMessage) async throws -> Message {
        try await withUnsafeThrowingContinuation { caller in add([Entry(message: message, caller: caller)]) }
    }

    private func add(_ entries: [Entry]) {
        let mustStart = state.withLock { state in
            state.waiting += entries
            guard state.running < Self.statementsAtOnce else { return false }
            state.running += 1
            return true
        }
        // It begins after what is ready now, so that can join.
        if mustStart { loops.next().spawn { await self.drain() } }
    }

    private func drain() async {
        while let group = takeGroup() {
            await write(group)
            state.withLock { $0.busy.subtract(group.map(\.message.conversation)) }
        }
    }

    /// In the order of arrival, passing over conversations that another group has in hand.
    private func takeGroup() -> [Entry]? {
        state.withLock { state in
            var group: [Entry] = []
            var rest: [Entry] = []
            for entry in state.waiting {
                if group.count < Self.largestGroup, !state.busy.contains(entry.message.conversation) {
                    group.append(entry)
                } else {
                    rest.append(entry)
                }
            }
            guard !group.isEmpty else {
                state.running -= 1
                return nil
            }
            state.waiting = rest
            state.busy.formUnion(group.map(\.message.conversation))
            return group
        }
    }

    // MARK: Writing

    private func write(_ group: [Entry]) async {
        do {
            let (outcomes, messages) = try await database.transaction { transaction in
                let outcomes = try await NewMessage.write(
                    group.map { ($0.id, $0.message) }, at: self.clock.now, on: transaction)
                let written = outcomes.filter { $0.0 == .sent || $0.0 == .repeated }.map(\.1)
                return (outcomes, try await Message.all(written, on: transaction))
            }
            answer(group, outcomes, Dictionary(messages.map { ($0.id, $0) }) { first, _ in first })
        } catch {
            await split(group, error)
        }
    }

    /// One member's mistake fails nobody else: each half is tried by itself, down to the one whose fault it is.
    private func split(_ group: [Entry], _ error: any Error) async {
        let kind = (error as? PostgresError)?.kind
        guard group.count > 1, kind == .refused || kind == .unsendable else {
            for entry in group { entry.caller.resume(throwing: error) }
            return
        }
        let middle = group.count / 2
        await write(Array(group[..<middle]))
        await write(Array(group[middle...]))
    }

    private func answer(
        _ group: [Entry], _ outcomes: [(SendOutcome, ID<Message>)], _ messages: [ID<Message>: Message]
    ) {
        var again: [Entry] = []
        for (entry, outcome) in zip(group, outcomes) {
            switch outcome.0 {
            case .sent, .repeated:
                if let message = messages[outcome.1] {
                    entry.caller.resume(returning: message)
                } else {
                    entry.caller.resume(throwing: Problem(.notFound))
                }
            // The first of them is committed now, or was refused: the next group knows.
            case .twin: again.append(entry)
            case .reused:
                entry.caller.resume(throwing: Problem(.idempotencyKeyReused, "Another message has this clientId"))
            case .missing: entry.caller.resume(throwing: Problem(.notFound, "There is no such conversation"))
            case .forbidden: entry.caller.resume(throwing: Problem(.forbidden, "Only administrators write here"))
            case .noReply:
                entry.caller.resume(throwing: Problem.invalid("replyToId", .invalid, "names no message that is here"))
            case .noThread:
                entry.caller.resume(
                    throwing: Problem.invalid("threadRootId", .invalid, "names no message that is here"))
            }
        }
        if !again.isEmpty { add(again) }
    }
}
