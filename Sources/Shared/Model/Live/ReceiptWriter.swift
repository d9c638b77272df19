import Postgres
import Queue
import Runtime
import Synchronization

/// Raises the marks of all members who report from this process, many with one statement, and has the others told.
package final class ReceiptWriter: Sendable {
    /// What somebody reports: up to where they have read, or got, what was said.
    package struct Report: Sendable {
        package let conversation: ID<Conversation>
        package let user: ID<User>
        package let readSeq: Int64
        package let deliveredSeq: Int64

        /// What is read has been delivered.
        package init(_ user: ID<User>, in conversation: ID<Conversation>, read: Int64 = 0, delivered: Int64 = 0) {
            self.conversation = conversation
            self.user = user
            readSeq = read
            deliveredSeq = max(read, delivered)
        }
    }

    private struct Entry: Sendable {
        let report: Report
        let caller: UnsafeContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Entry] = []
        var isRunning = false
    }

    private static let largestGroup = 500

    private let database: Database
    private let queue: QueueClient
    private let loops: LoopGroup
    private let log: Logger
    private let state = Mutex(State())

    package init(database: Database, queue: QueueClient, loops: LoopGroup, log: Logger) {
        self.database = database
        self.queue = queue
        self.loops = loops
        self.log = log
    }

    /// Returns when the mark is committed. It never falls, and ends at the last message.
    package func mark(_ report: Report) async throws {
        try await withUnsafeThrowingContinuation { caller in
            let mustStart = state.withLock { state in
                state.waiting.append(Entry(report: report, caller: caller))
                defer { state.isRunning = true }
                return !state.isRunning
            }
            if mustStart { loops.next().spawn { await self.drain() } }
        }
    }

    private func drain() async {
        while let group = takeGroup() { await write(group) }
    }

    private func takeGroup() -> [Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            let group = Array(state.waiting.prefix(Self.largestGroup))
            state.waiting.removeFirst(group.count)
            return group
        }
    }

    private func write(_ group: [Entry]) async {
        do {
            let outcomes = try await Receipt.raise(group.map(\.report), on: database)
            let members = Set(outcomes.map { Membership(conversation: $0.receipt.conversation, user: $0.receipt.user) })
            for entry in group {
                let membership = Membership(conversation: entry.report.conversation, user: entry.report.user)
                if members.contains(membership) {
                    entry.caller.resume()
                } else {
                    entry.caller.resume(throwing: Problem(.notFound, "There is no such conversation."))
                }
            }
            await tell(outcomes.lazy.filter(\.isNews).map(\.receipt))
        } catch {
            for entry in group { entry.caller.resume(throwing: error) }
        }
    }

    /// Those who do not hear of it now learn it when they sync.
    private func tell(_ receipts: [Receipt]) async {
        guard !receipts.isEmpty else { return }
        do {
            try await queue.enqueue(TellReceipts(receipts), JobOptions(expiresAt: .now + .minutes(1)))
        } catch {
            log.debug("receipts are not told", ["error": .error(error)])
        }
    }
}

private struct Membership: Hashable {
    let conversation: ID<Conversation>
    let user: ID<User>
}

extension Receipt {
    fileprivate struct Raised: RowDecodable {
        let receipt: Receipt
        /// Whether the others may hear of it, and do not know it yet.
        let isNews: Bool

        init(row: Row) throws(RowError) {
            receipt = try Receipt(row: row)
            isNews = try row["is_news"]
        }
    }

    /// Where all the members who report stand then. Whoever is none is left out.
    fileprivate static func raise(
        _ reports: [ReceiptWriter.Report], on database: Database
    ) async throws -> [Raised] {
        try await database.transaction { transaction in
            // In one order, so that no two processes wait for each other in a circle.
            try await transaction.run(
                """
                select from members m
                join (select distinct c, u from unnest(
                    \(reports.map(\.conversation)), \(reports.map(\.user))) as a (c, u)) a
                    on m.conversation_id = a.c and m.user_id = a.u
                order by m.conversation_id, m.user_id
                for no key update of m
                """)
            return try await transaction.all(
                """
                with asked as (
                    select a.c, a.u, max(a.r) as read_seq, max(a.d) as delivered_seq
                    from unnest(
                        \(reports.map(\.conversation)), \(reports.map(\.user)), \(reports.map(\.readSeq)),
                        \(reports.map(\.deliveredSeq))
                    ) as a (c, u, r, d)
                    group by a.c, a.u
                ),
                standing as (
                    select m.conversation_id, m.user_id, c.type <> 'channel' as is_shown,
                        greatest(m.read_seq, least(a.read_seq, c.last_seq)) as read_seq,
                        greatest(m.delivered_seq, least(a.delivered_seq, c.last_seq)) as delivered_seq,
                        a.read_seq > m.read_seq and c.last_seq > m.read_seq
                            or a.delivered_seq > m.delivered_seq and c.last_seq > m.delivered_seq as is_raised
                    from asked a
                    join members m on m.conversation_id = a.c and m.user_id = a.u and m.left_at is null
                    join conversations c on c.id = a.c and c.deleted_at is null
                ),
                raised as (
                    update members m
                    set read_seq = s.read_seq, delivered_seq = s.delivered_seq, marked_in = pg_current_xact_id()
                    from standing s
                    where s.is_raised and m.conversation_id = s.conversation_id and m.user_id = s.user_id
                )
                select conversation_id, user_id, read_seq, delivered_seq, is_raised and is_shown as is_news
                from standing
                """)
        }
    }
}
