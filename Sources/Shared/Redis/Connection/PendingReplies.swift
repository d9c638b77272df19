import Runtime

/// One command that was written and is not answered yet.
struct PendingReply {
    var sink: ReplySink
    /// Names the call. Its cancellation may come before it is written, so it cannot go by the number here.
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
    /// The number of the command whose answer comes next.
    var first: Int { ring.numbers.lowerBound }
    /// The number that the next command gets.
    var next: Int { ring.next }

    /// Whether the answer that comes next has nobody to go to.
    var isHeadAbandoned: Bool { ring[first]?.sink.isNobody ?? false }

    mutating func append(_ reply: PendingReply) { ring.append(reply) }

    mutating func popFirst() -> PendingReply? { ring.popFirst() }

    /// The command of a call, for which from now on nobody waits; nil if it was answered already. It is most likely
    /// the one with this number.
    mutating func abandon(ticket: Int, near number: Int) -> PendingReply? {
        if ring[number]?.ticket == ticket { return abandon(number) }
        return ring.numbers.first { ring[$0]?.ticket == ticket }.flatMap { abandon($0) }
    }

    private mutating func abandon(_ number: Int) -> PendingReply? {
        defer { ring[number]?.sink = .nobody }
        return ring[number]
    }

    /// Abandons what is overdue.
    mutating func abandonOverdue(at now: MonotonicTime) -> [PendingReply] {
        ring.numbers.compactMap { number in
            guard let reply = ring[number], !reply.sink.isNobody, reply.deadline <= now else { return nil }
            return abandon(number)
        }
    }

    /// The earliest deadline of a command that somebody waits for.
    var earliestDeadline: MonotonicTime? {
        ring.numbers.lazy.compactMap { ring[$0] }.filter { !$0.sink.isNobody }.map(\.deadline).min()
    }
}
