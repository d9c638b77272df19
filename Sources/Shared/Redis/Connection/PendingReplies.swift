import Runtime

/// One command that was written and is not answered yet.
struct PendingReply {
    var sink: ReplySink
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
    var isHeadAbandoned: Bool { ring[first]?.sink.isAbandoned ?? false }

    mutating func append(_ reply: PendingReply) { ring.append(reply) }

    mutating func popFirst() -> PendingReply? { ring.popFirst() }

    /// Drops the callers of what is overdue, which the answer names.
    mutating func abandonOverdue(at now: MonotonicTime) -> [PendingReply] {
        ring.numbers.compactMap { number in
            guard let reply = ring[number], !reply.sink.isAbandoned, reply.deadline <= now else { return nil }
            ring[number]?.sink = .nobody
            return reply
        }
    }

    /// Makes tasks whose commands have numbers below `end` cancellable.
    mutating func makeLate(below end: Int, on loop: EventLoop, _ domain: isolated LoopDomain) {
        for number in first..<max(first, min(end, next)) {
            guard case .task(let continuation)? = ring[number]?.sink else { continue }
            let reply = LoopBound(LateReply(), to: loop)
            ring[number]?.sink = .late(reply.value(on: domain))
            continuation.resume(throwing: UnansweredCall(reply: reply))
        }
    }

    /// The earliest deadline of a command that somebody waits for.
    var earliestDeadline: MonotonicTime {
        ring.numbers.reduce(.distantFuture) { earliest, number in
            guard let reply = ring[number], !reply.sink.isAbandoned else { return earliest }
            return min(earliest, reply.deadline)
        }
    }
}
