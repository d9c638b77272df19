import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// What people must not see of each other: after a stay has ended, and across a block.
@Suite(.ownAccounts) struct PrivacyTests {
    @Test func `whoever was removed sees what was there, but nothing that was changed since`() async throws {
        try await Room.lend { room in
            let kept = try await room.say("kept", by: room.admin)
            let edited = try await room.say("harmless", by: room.admin)
            let place = try await room.chat.sending.send(
                NewMessage(
                    in: room.id, by: room.admin.id, .liveLocation(latitude: 1, longitude: 1, lasting: .hours(1))))
            try await room.conversations.remove(room.member.id, from: room.id, by: room.admin)
            _ = try await room.conversations.edit(edited.id, to: "secret", by: room.admin)
            _ = try await room.conversations.moveLocation(place.id, to: (2, 2), by: room.admin)
            let read = try await room.chat.read(room.id, by: room.member)
            #expect(read.contains("kept") && !read.contains("secret"))
            #expect(try await text(kept.id, room.member, room) == "kept")
            for hidden in [edited.id, place.id] { #expect(try await text(hidden, room.member, room) == nil) }
            let found = try await room.conversations.search(
                MessageSearch(words: "secret"), for: room.member, before: nil, limit: 9)
            #expect(found.isEmpty)
            try await room.conversations.add([room.member.id], to: room.id, by: room.admin)
            #expect(try await text(edited.id, room.member, room) == "secret", "whoever is back sees it as it is")
        }
    }

    @Test func `what is edited under a block does not reach whoever blocks, and pins nothing of theirs`() async throws {
        try await Chat.lend { chat in
            let (people, id) = try await pair(chat)
            let before = try await chat.say("before", in: id, by: people[0])
            let own = try await chat.say("mine", in: id, by: people[1])
            try await block(people[0], by: people[1], chat)
            _ = try await chat.conversations.edit(before.id, to: "abuse", by: people[0])
            let pinned = try await chat.conversations.setPinned(true, own.id, by: people[0])
            #expect(pinned.pinnedAt == nil)
            try await chat.database.run("delete from blocks")
            #expect(try await chat.read(id, by: people[1]) == ["mine"])
            #expect(try await chat.read(id, by: people[0]) == ["abuse", "mine"])
        }
    }

    @Test func `receipts go neither to whom one has blocked, nor come from them`() async throws {
        try await Chat.lend { chat in
            let (people, id) = try await pair(chat)
            let message = try await chat.say("hello", in: id, by: people[0])
            try await chat.receipts.mark(.init(people[1].id, in: id, read: message.seq))
            #expect(try await chat.conversations.receipts(of: message.id, for: people[0]).map(\.user) == [people[1].id])
            try await block(people[0], by: people[1], chat)
            #expect(try await chat.conversations.receipts(of: message.id, for: people[0]).isEmpty)
        }
    }

    @Test func `only members type, and only members learn who has read`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let group = try await chat.group(Array(people[..<2]))
            let message = try await chat.say("hello", in: group, by: people[0])
            try await chat.conversations.type(true, in: group, by: people[1].id)
            #expect(await code { try await chat.conversations.type(true, in: group, by: people[2].id) } == .notFound)
            #expect(
                await code { _ = try await chat.conversations.receipts(of: message.id, for: people[2]) } == .notFound)
        }
    }

    @Test func `a change of members is seen whoever made it`() async throws {
        try await Room.lend { room in
            try await block(room.admin, by: room.member, room.chat)
            try await room.conversations.add([room.stranger.id], to: room.id, by: room.admin)
            let messages = try await room.chat.database.value(
                of: room.conversations.messages(of: room.id, for: room.member, .before(nil), limit: 1))
            #expect(messages.map(\.kind) == ["system"])
        }
    }

    @Test func `an answer for somebody who is away leaves unread what they have not read`() async throws {
        try await Chat.lend { chat in
            let (people, id) = try await pair(chat)
            try await chat.conversations.setAutoReply(AutoReply("away", startsAt: .now - .hours(1)), by: people[1])
            let question = try await chat.say("there?", in: id, by: people[0])
            try await chat.sending.answer(question.id)
            #expect(try await chat.read(id, by: people[0]) == ["there?", "away"])
            #expect(try await chat.conversations.find(id, for: people[1]).unreadCount == 1)
        }
    }

    @Test func `a message that deletes itself is owed its end by the transaction that writes it`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            var message = NewMessage(in: group, by: people[0].id, .text("soon gone"))
            message.lifetime = .seconds(60)
            _ = try await chat.sending.send(message)
            let owed: [String] = try await chat.database.all(
                "select kind from outbox where kind = \(ExpireMessage.kind)")
            #expect(owed.count == 1)
            let refused = NewMessage(in: .new(), by: people[0].id, .text("nowhere"), lifetime: .seconds(60))
            #expect(await code { _ = try await chat.sending.send(refused) } == .notFound)
            let still: Int = try await chat.database.one(
                "select count(*)::int from outbox where kind = \(ExpireMessage.kind)")
            #expect(still == 1)
        }
    }

    // MARK: -

    private func pair(_ chat: Chat) async throws -> ([SignedInUser], ID<Conversation>) {
        let people = try await chat.people(2)
        let made = try await chat.conversations.create(
            NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0])
        return (people, made.conversation.id)
    }

    private func block(_ user: SignedInUser, by blocker: SignedInUser, _ chat: Chat) async throws {
        try await chat.database.run("insert into blocks (blocker_id, blocked_id) values (\(blocker.id), \(user.id))")
    }

    private func text(_ id: ID<Message>, _ user: SignedInUser, _ room: Room) async throws -> String? {
        do {
            return try await room.chat.database.value(of: room.conversations.message(id, for: user)).content
        } catch let problem as Problem where problem.code == .notFound { return nil }
    }

    private func code(_ body: () async throws -> Void) async -> Problem.Code? {
        do { try await body() } catch let problem as Problem { return problem.code } catch {}
        return nil
    }
}
