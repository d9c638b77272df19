import JSON
import Postgres
import Queue
import Runtime
import Synchronization

/// Writes the messages of all senders of the process in groups: while a statement is under way, those that come gather, and the
/// next takes them all.
package final class MessageWriter: Sendable {
    private struct Entry: Sendable {
        let message: NewMessage
        let caller: UnsafeContinuation<Message, any Error>
    }

    private struct State {
        var waiting: [Entry] = []
        var running = 0
        /// When the last group was taken in hand.
        var takenAt = MonotonicTime.now
        /// Of the groups under way: a second group with one of them would only wait for its row, and others with it.
        var busy: Set<ID<Conversation>> = []

        var isBehind: Bool { waiting.count >= largestGroup || .now - takenAt > heldUp }
    }

    /// A group costs as much as ten messages, so there is one at a time, and a second one only beside one that the disk or
    /// somebody's lock holds up.
    private static let groupsAtOnce = 2
    private static let heldUp = Duration.milliseconds(10)
    private static let largestGroup = 256

    private let durable: DurableQueue
    private let loops: LoopGroup
    private let clock: any WallClock
    private let state = Mutex(State())

    package init(durable: DurableQueue, loops: LoopGroup, clock: any WallClock = SystemClock()) {
        self.durable = durable
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
            guard state.running == 0 || state.running < Self.groupsAtOnce && state.isBehind else { return false }
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
            // Whoever has the younger group goes on with the rest.
            guard state.running == 1 || state.isBehind else {
                state.running -= 1
                return nil
            }
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
            state.takenAt = .now
            state.busy.formUnion(group.map(\.message.conversation))
            return group
        }
    }

    // MARK: Writing

    private func write(_ group: [Entry]) async {
        do {
            let now = clock.now
            let written = try await durable.transaction { transaction in
                let results = try await NewMessage.write(
                    group.map(\.message), at: now, on: transaction)
                var messages: [ID<Message>: Message] = [:]
                var events: [ConversationEvent] = []
                for (entry, result) in zip(group, results) {
                    guard let numbers = result.numbers else { continue }
                    let message = Message(
                        entry.message, id: entry.message.id, seq: numbers.seq, rev: numbers.rev, at: now)
                    messages[message.id] = message
                    if let lifetime = entry.message.lifetime {
                        try await transaction.enqueue(
                            ExpireMessage(message: message.id), JobOptions(runAt: now + lifetime))
                    }
                    events.append(ConversationEvent(created: message, numbers))
                }
                for job in TellMembers.jobs(events) { try await transaction.enqueue(job) }
                let repeated = results.filter { $0.outcome == .repeated }.map(\.message)
                if !repeated.isEmpty {
                    for message in try await Message.all(repeated, on: transaction) { messages[message.id] = message }
                }
                return (results, messages)
            }
            answer(group, written.0, written.1)
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
        _ group: [Entry], _ results: [SendResult], _ messages: [ID<Message>: Message]
    ) {
        var again: [Entry] = []
        for (entry, result) in zip(group, results) {
            switch result.outcome {
            case .sent, .repeated:
                if let message = messages[result.message] {
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

extension ConversationEvent {
    /// It is written here, where all is known, so that nobody has to read it again.
    fileprivate init(created message: Message, _ numbers: SendResult.Numbers) {
        self.init(message.conversation, rev: numbers.rev, audience: numbers.audience)
        seq = numbers.seq
        keptFrom = numbers.keptFrom
        frame = EventFrame("message.created", message).bytes
    }
}
