import Runtime

/// One command that was written and is not answered yet.
struct PendingReply {
    var sink: ReplySink
    /// Names the call: a cancellation that comes late must not hit the next command with this number.
    let ticket: Int
    let deadline: MonotonicTime
    /// Where the command ends in the stream of all bytes of its connection: it is sent when that much is sent.
    let end: Int
}

/// The commands of one connection that wait for their answers. Answers come in the order of commands, so one whose
/// caller has gone keeps its place.
struct PendingReplies {
    private var ring = NumberedRing<PendingReply>()

    var count: Int { ring.count }
    var isEmpty: Bool { ring.isEmpty }
    /// The number of the next command.
    var next: Int { ring.next }

    /// Whether the answer that comes next has nobody to go to.
    var isHeadAbandoned: Bool { ring[ring.numbers.lowerBound]?.sink.isNobody ?? false }

    mutating func append(_ reply: PendingReply) { ring.append(reply) }

    mutating func popFirst() -> PendingReply? { ring.popFirst() }

    /// The command, for which from now on nobody waits; nil if it was answered already.
    mutating func abandon(_ number: Int, ticket: Int) -> PendingReply? {
        guard let reply = ring[number], reply.ticket == ticket else { return nil }
        ring[number]?.sink = .nobody
        return reply
    }

    /// Abandons what is overdue.
    mutating func abandonOverdue(at now: MonotonicTime) -> [PendingReply] {
        ring.numbers.compactMap { number in
            guard let reply = ring[number], !reply.sink.isNobody, reply.deadline <= now else { return nil }
            return abandon(number, ticket: reply.ticket)
        }
    }

    /// The earliest deadline of a command that somebody waits for.
    var earliestDeadline: MonotonicTime? {
        ring.numbers.lazy.compactMap { ring[$0] }.filter { !$0.sink.isNobody }.map(\.deadline).min()
    }
}
