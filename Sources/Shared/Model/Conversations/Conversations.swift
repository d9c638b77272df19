import Postgres
import Queue
import Runtime

/// What people do with conversations: each action is an extension in a file of its own.
package struct Conversations: Sendable {
    package let durable: DurableQueue
    let limits: MessageLimits
    let clock: any WallClock

    package var database: Database { durable.database }
    var now: Timestamp { clock.now }

    package init(
        durable: DurableQueue, limits: MessageLimits = MessageLimits(), clock: any WallClock = SystemClock()
    ) {
        self.durable = durable
        self.limits = limits
        self.clock = clock
    }
}

/// Where a conversation stood when somebody began to change it.
struct RevMark {
    let conversation: ID<Conversation>
    let rev: Int64
    /// What is done, where nobody could tell afterwards.
    var deed: ReactionDeed?
}

extension Conversations {
    /// Runs a change with the conversation's row locked, and has its members told of each rev that it raised: both commit,
    /// or neither.
    func telling<Value>(
        _ change: (JobTransaction) async throws -> (value: Value, since: RevMark)
    ) async throws -> Value {
        try await durable.transaction { jobs in
            let (value, mark) = try await change(jobs)
            try await Self.tell(since: mark, on: jobs)
            return value
        }
    }
    /// Has the members told of each rev that was raised since, when it commits.
    static func tell(since mark: RevMark, on jobs: JobTransaction) async throws {
        let now: (rev: Int64, audience: Int64)? = try await jobs.first(
            """
            select last_rev, audience from conversations
            where id = \(mark.conversation) and last_rev > \(mark.rev) and deleted_at is null
            """
        ).map { (row: (Int64, Int64)) in (row.0, row.1) }
        guard let now else { return }
        let events = (mark.rev + 1...now.rev).map { rev in
            var event = ConversationEvent(mark.conversation, rev: rev, audience: now.audience)
            event.deed = mark.deed
            return event
        }
        for job in TellMembers.jobs(events) { try await jobs.enqueue(job) }
    }
}
