import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// How much of large tables is read for what a client asks every day. `SOAK=1` makes them ten times as large.
@Suite(.ownAccounts) struct PlanTests {
    private static let messages = Environment["SOAK"] == nil ? 100_000 : 1_000_000

    /// Rows of messages that one answer may look at.
    private static let most: Int64 = 2500

    @Test func `no list reads a large table from end to end`() async throws {
        let place = try await fill()
        for question in Question.allCases {
            try await Chat.lend { try await $0.database.run("select pg_stat_reset()") }
            // Often enough for a plan that is kept.
            try await Chat.lend { chat in for _ in 0..<8 { try await ask(question, chat, place) } }
            let read = try await rowsRead()
            #expect(read.scans == 0, "\(question) reads all messages")
            #expect(read.rows <= 8 * Self.most, "\(question) looks at \(read.rows / 8) messages")
        }
    }

    fileprivate struct Place: Sendable {
        let user: SignedInUser
        let group: ID<Conversation>
        let seq: Int64 = 5000
    }

    /// What clients ask for.
    private enum Question: String, CaseIterable {
        case latestPage, pageBefore, pageAfter, thread, changes, conversations, conversation, rareWords, tag, pins,
            saved, sync
    }

    private func ask(_ question: Question, _ chat: Chat, _ place: Place) async throws {
        let (talk, user) = (chat.conversations, place.user)
        switch question {
        case .latestPage: #expect(try await chat.page(.before(nil), place).count == 50)
        case .pageBefore: #expect(try await chat.page(.before(place.seq), place).count == 50)
        case .pageAfter: #expect(try await chat.page(.after(place.seq), place).count == 50)
        case .thread:
            let root = try #require(try await chat.page(.before(place.seq), place).first)
            #expect(try await talk.thread(of: root.id, for: user, after: 0, limit: 50).count == 1)
        case .changes:
            let rev = try #require(try await chat.page(.before(nil), place).first).rev
            let changes = try await talk.changes(in: place.group, since: rev - 20, for: user, limit: 50)
            #expect(changes.messages.count == 20)
        case .conversations: #expect(try await talk.list(of: user, before: nil, limit: 20).count == 20)
        case .conversation: _ = try await talk.find(place.group, for: user)
        case .rareWords:
            let search = MessageSearch(words: "word\(place.seq)")
            let found = try await talk.search(search, for: user, before: nil, limit: 20)
            #expect(!found.isEmpty)
        case .tag:
            #expect(try await talk.search(MessageSearch(tag: "rare"), for: user, before: nil, limit: 20).count == 20)
        case .pins: _ = try await chat.database.value(of: talk.pinned(in: place.group, for: user))
        case .saved: _ = try await talk.saved(by: user, before: nil, limit: 20)
        case .sync:
            let state = try await talk.sync(user, since: nil)
            _ = try await talk.sync(user, since: state.point)
        }
    }

    /// By connections that are closed: what they have read is counted when they end.
    private func rowsRead() async throws -> (scans: Int64, rows: Int64) {
        var read: (Int64, Int64) = (0, 0)
        try await Chat.lend { chat in
            try await eventually {
                try await chat.database.one(
                    """
                    select count(*) = 0 from pg_stat_activity
                    where datname = current_database() and backend_start < (
                        select backend_start from pg_stat_activity where pid = pg_backend_pid())
                    """)
            }
            read = try await chat.database.one(
                """
                select t.seq_scan, (
                    select sum(greatest(i.idx_tup_read, i.idx_tup_fetch))::bigint from pg_stat_user_indexes i
                    where i.relname = 'messages'
                )
                from pg_stat_user_tables t
                where t.relname = 'messages'
                """)
        }
        return read
    }

    /// One group holds half of the messages, two hundred others the rest.
    private func fill() async throws -> Place {
        var result: Place?
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            var groups: [ID<Conversation>] = []
            for _ in 0..<201 { groups.append(try await chat.group(people)) }
            let half = Self.messages / 2
            try await Self.say(half, in: [groups[0]], by: people[1], chat)
            try await Self.say(half / 200, in: Array(groups[1...]), by: people[1], chat)
            try await chat.database.run("analyze")
            result = Place(user: people[0], group: groups[0])
        }
        return try #require(result)
    }

    /// So many in each; ten thousand with a statement.
    private static func say(
        _ count: Int, in groups: [ID<Conversation>], by user: SignedInUser, _ chat: Chat
    ) async throws {
        for start in stride(from: 0, to: count, by: 10_000 / groups.count) {
            let part = min(10_000 / groups.count, count - start)
            try await chat.database.transaction { transaction in
                try await transaction.run(
                    """
                    insert into messages (conversation_id, seq, id, rev, sender_id, type, content, created_at)
                    select c.id, c.last_seq + n, gen_random_uuid(), c.last_rev + n, \(user.id), 'text',
                        'word' || c.last_seq + n || case when n % 1000 = 0 then ' #rare' else '' end, now()
                    from conversations c, generate_series(1, \(part)::bigint) n
                    where c.id = any (\(groups))
                    """)
                try await transaction.run(
                    """
                    update conversations set last_seq = last_seq + \(part), last_rev = last_rev + \(part)
                    where id = any (\(groups))
                    """)
            }
        }
    }
}

extension Chat {
    fileprivate func page(_ range: Message.Range, _ place: PlanTests.Place) async throws -> [Message] {
        try await database.value(of: conversations.messages(of: place.group, for: place.user, range, limit: 50))
    }
}
