import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// What a device that was away is told.
@Suite(.ownAccounts)
struct SyncTests {
    @Test func `without a point, or with one of another database, everything has to be read anew`() async throws {
        try await Chat.lend { chat in
            let person = try await chat.people(1)[0]
            let first = try await chat.conversations.sync(person, since: nil)
            #expect(first.reset)
            #expect(try await !chat.conversations.sync(person, since: first.point).reset)
            let elsewhere = Sync.Point(life: UUID(high: 1, low: 2), xmin: first.point.xmin, urev: 0)
            #expect(try await chat.conversations.sync(person, since: elsewhere).reset)
            // A backup of this database that was set back does not know the point yet.
            let future = Sync.Point(life: first.point.life, xmin: first.point.xmin + 1_000_000, urev: 0)
            #expect(try await chat.conversations.sync(person, since: future).reset)
        }
    }

    @Test func `what has changed is named, what has not is not`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let (busy, quiet) = (try await chat.group(people), try await chat.group(people))
            let point = try await chat.conversations.sync(people[1], since: nil).point
            // Nothing that was committed before is seen as open any more.
            let later = try await chat.conversations.sync(people[1], since: point).point
            let message = try await chat.say("hello", in: busy, by: people[0])
            try await chat.receipts.mark(.init(people[2].id, in: busy, read: message.seq))
            try await chat.conversations.keep(quiet, .pinned(true), by: people[1])
            let sync = try await chat.conversations.sync(people[1], since: later)
            #expect(sync.conversations.map(\.conversation).contains(busy))
            #expect(sync.conversations.first { $0.conversation == busy }?.rev == message.rev)
            #expect(sync.receipts.contains { $0.user == people[2].id && $0.readSeq == message.seq })
            #expect(sync.changes.map(\.subject) == ["conversation"] && sync.changes.map(\.id) == [quiet.uuid])
        }
    }

    @Test func `whoever hides receipts sees none, and is not seen`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let group = try await chat.group(people)
            try await chat.database.run(
                "update user_settings set read_receipts = false where user_id = \(people[2].id)")
            let shown = try await chat.conversations.sync(people[0], since: nil).point
            let hidden = try await chat.conversations.sync(people[2], since: nil).point
            let message = try await chat.say("hello", in: group, by: people[0])
            for reader in [people[1], people[2]] {
                try await chat.receipts.mark(.init(reader.id, in: group, read: message.seq))
            }
            let open = try await chat.conversations.sync(people[0], since: shown).receipts
            #expect(open.contains { $0.user == people[1].id } && !open.contains { $0.user == people[2].id })
            let own = try await chat.conversations.sync(people[2], since: hidden).receipts
            #expect(Set(own.map(\.user)) == [people[2].id])
        }
    }

    @Test func `of a channel one's own marks come back, and nobody else's`() async throws {
        try await Room.lend(.channel) { room in
            let point = try await room.conversations.sync(room.member, since: nil).point
            let post = try await room.say("hello", by: room.admin)
            for reader in [room.member, room.other] {
                try await room.chat.receipts.mark(.init(reader.id, in: room.id, read: post.seq))
            }
            let receipts = try await room.conversations.sync(room.member, since: point).receipts
            #expect(receipts.map(\.user) == [room.member.id] && receipts.map(\.readSeq) == [post.seq])
        }
    }

    @Test func `what commits late is told late, and never passed over`() async throws {
        // The late writer is another process.
        let late = try Chat()
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let (slow, fast) = (try await chat.group(people), try await chat.group(people))
            let point = try await chat.conversations.sync(people[1], since: nil).point
            let during = try await late.database.transaction { transaction in
                try await transaction.run(
                    """
                    update conversations
                    set last_rev = last_rev + 1, own_rev = last_rev + 1, changed_in = pg_current_xact_id()
                    where id = \(slow)
                    """)
                // Others go on, and the device asks, before this is committed.
                try await chat.say("meanwhile", in: fast, by: people[0])
                return try await chat.conversations.sync(people[1], since: point)
            }
            #expect(during.conversations.contains { $0.conversation == fast })
            let after = try await chat.conversations.sync(people[1], since: during.point)
            #expect(after.conversations.contains { $0.conversation == slow })
        }
        await late.close()
    }
}
