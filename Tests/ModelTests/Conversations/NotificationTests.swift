import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// What people are told of inside the application.
@Suite(.ownAccounts) struct NotificationTests {
    private func told(_ user: SignedInUser, in room: Room) async throws -> [Notification.Kind] {
        try await room.conversations.notifications(of: user, unreadAlone: false, before: nil, limit: 50).map(\.kind)
    }

    private func name(of user: SignedInUser, in room: Room) async throws -> String {
        try await room.chat.database.one("select username from users where id = \(user.id)")
    }

    /// Says something, and has people told of it.
    private func say(
        _ text: String, by user: SignedInUser, in room: Room, replyTo: ID<Message>? = nil
    ) async throws -> Message {
        let message = try await room.chat.say(text, in: room.id, by: user, replyTo: replyTo)
        for _ in 0..<2 {
            try await room.chat.durable.transaction { try await room.conversations.notify(of: message.id, on: $0) }
        }
        return message
    }

    @Test func `who is mentioned, answered, answered with an emoji, or added is told once of each`() async throws {
        try await Room.lend { room in
            let question = try await room.say("what?", by: room.member)
            _ = try await say(
                "@\(name(of: room.member, in: room)) this", by: room.admin, in: room, replyTo: question.id)
            #expect(
                try await told(room.member, in: room) == [.mention], "who is mentioned is not told of the answer too")
            _ = try await say("that", by: room.other, in: room, replyTo: question.id)
            for isThere in [true, false, true] {
                _ = try await room.conversations.setReaction("👍", isThere, to: question.id, by: room.other)
            }
            #expect(try await told(room.member, in: room) == [.reaction, .reply, .mention])
            _ = try await room.conversations.setReaction("👍", true, to: question.id, by: room.member)
            _ = try await say("me", by: room.member, in: room, replyTo: question.id)
            #expect(try await told(room.member, in: room).count == 3, "nobody is told of themselves")
            try await room.conversations.add([room.stranger.id], to: room.id, by: room.admin)
            #expect(try await told(room.stranger, in: room) == [.added])
            #expect(try await told(room.other, in: room).isEmpty)
        }
    }

    @Test func `who does not want to be told is not, and neither is who has blocked the other`() async throws {
        try await Room.lend { room in
            let question = try await room.say("what?", by: room.member)
            var wanted = NotificationPreferences()
            wanted.mentions = false
            wanted.quietFrom = 1320
            wanted.quietUntil = 420
            try await room.conversations.setNotificationPreferences(wanted, by: room.member)
            #expect(try await room.conversations.notificationPreferences(of: room.member) == wanted)
            let mention = "@\(try await name(of: room.member, in: room))"
            _ = try await say(mention, by: room.admin, in: room)
            #expect(try await told(room.member, in: room).isEmpty)
            try await room.conversations.setNotificationPreferences(NotificationPreferences(), by: room.member)
            try await room.conversations.keep(room.id, .notified(of: .mentions), by: room.member)
            _ = try await room.conversations.setReaction("👍", true, to: question.id, by: room.other)
            #expect(try await told(room.member, in: room).isEmpty)
            try await room.conversations.keep(room.id, .notified(of: .nothing), by: room.member)
            _ = try await say(mention, by: room.admin, in: room)
            #expect(try await told(room.member, in: room).isEmpty)
            try await room.conversations.keep(room.id, .notified(of: .all), by: room.member)
            try await room.chat.database.run(
                "insert into blocks (blocker_id, blocked_id) values (\(room.member.id), \(room.other.id))")
            _ = try await say(mention, by: room.other, in: room)
            #expect(try await told(room.member, in: room).isEmpty)
            _ = try await say(mention, by: room.admin, in: room)
            #expect(try await told(room.member, in: room) == [.mention])
        }
    }

    @Test func `who is named by an edit is told, and who was named before not again`() async throws {
        try await Room.lend { room in
            let names = [try await name(of: room.member, in: room), try await name(of: room.other, in: room)]
            let message = try await say("@\(names[0]) look", by: room.admin, in: room)
            _ = try await room.conversations.edit(message.id, to: "@\(names[0]) @\(names[1]) look", by: room.admin)
            let job: Int = try await room.chat.database.one(
                "select count(*)::int from outbox where kind = \(NotifyOfMessage.kind)")
            #expect(job == 1)
            try await room.chat.durable.transaction { try await room.conversations.notify(of: message.id, on: $0) }
            #expect(try await told(room.other, in: room) == [.mention])
            #expect(try await told(room.member, in: room) == [.mention])
        }
    }

    @Test func `a badge is counted from the marks, and muted conversations show mentions alone`() async throws {
        try await Room.lend { room in
            let mention = "@\(try await name(of: room.member, in: room))"
            for text in ["one", "two", mention] { _ = try await say(text, by: room.admin, in: room) }
            func badge() async throws -> [Int] {
                let badge = try await room.conversations.badge(of: room.member)
                return [badge.conversations, badge.messages, badge.mentions, badge.notifications]
            }
            #expect(try await badge() == [1, 3, 1, 1])
            try await room.conversations.keep(room.id, .muted(until: nil), by: room.member)
            #expect(try await badge() == [0, 0, 1, 1])
            try await room.conversations.keep(room.id, .unmuted, by: room.member)
            try await room.chat.receipts.mark(.init(room.member.id, in: room.id, read: 2))
            #expect(try await badge() == [1, 1, 1, 1])
            try await room.chat.receipts.mark(.init(room.member.id, in: room.id, read: 3))
            #expect(try await badge() == [0, 0, 0, 1])
            try await room.conversations.markRead(nil, by: room.member)
            #expect(try await badge() == [0, 0, 0, 0])
        }
    }

    @Test func `notifications come in pages, the latest first, and are read one by one or all`() async throws {
        try await Room.lend { room in
            let mention = "@\(try await name(of: room.member, in: room))"
            for _ in 0..<5 { _ = try await say(mention, by: room.admin, in: room) }
            func list(
                unreadAlone: Bool = false, before: ID<Notification>? = nil, limit: Int = 50
            ) async throws -> [ID<Notification>] {
                try await room.conversations.notifications(
                    of: room.member, unreadAlone: unreadAlone, before: before, limit: limit
                ).map(\.id)
            }
            let all = try await list()
            #expect(all.count == 5 && all == all.sorted { $0.uuid > $1.uuid })
            #expect(try await list(before: all[1], limit: 2) == Array(all[2..<4]))
            try await room.conversations.markRead([all[0], .new()], by: room.member)
            #expect(try await list(unreadAlone: true) == Array(all[1...]))
            try await room.conversations.markRead([all[1]], by: room.other)
            #expect(try await list(unreadAlone: true).count == 4, "they are nobody else's")
            try await room.conversations.markRead(nil, by: room.member)
            #expect(try await list(unreadAlone: true).isEmpty)
        }
    }

    @Test func `what follows of new messages is found for many at once`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            let name: String = try await chat.database.one("select username from users where id = \(people[1].id)")
            let direct = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0]
            ).conversation.id
            try await chat.conversations.setAutoReply(AutoReply("away", startsAt: .now - .hours(1)), by: people[1])
            let messages = [
                try await chat.say("plain", in: group, by: people[0]),
                try await chat.say("@\(name)", in: group, by: people[0]),
                try await chat.say("there?", in: direct, by: people[0]),
            ]
            let events = messages.map { message in
                var event = ConversationEvent(message.conversation, rev: message.rev, audience: 0)
                event.seq = message.seq
                event.frame = EventFrame("message.created", message).bytes
                return event
            }
            let desk = EventDesk(database: chat.database)
            try await Aftermath(chat.durable, desk).follow(events)
            let owed: [String] = try await chat.database.all(
                "select kind from outbox where kind <> \(TellMembers.kind) order by kind")
            #expect(owed == [AnswerAutomatically.kind, NotifyOfMessage.kind])
        }
    }

    @Test func `what an event says of a new message is found in its frame`() throws {
        func frame(_ type: String, _ members: String) -> ConversationEvent {
            var event = ConversationEvent(.new(), rev: 3, audience: 1)
            event.seq = 2
            event.frame = Array(
                """
                {"type":"\(type)","data":{"id":"\(ID<Message>.new())","conversationId":"\(event.conversation)",\
                "senderId":"\(ID<User>.new())","metadata":{"content":"a@b"},\(members)}}
                """.utf8)
            return event
        }
        let plain = try #require(
            SentMessage(frame("message.created", #""type":"text","content":"all well","replyToId":null"#)))
        #expect(!plain.isReply && !plain.holdsAt && !plain.isAutomatic && plain.kind == "text")
        let reply = try #require(
            SentMessage(
                frame(
                    "message.created",
                    ##""type":"poll","content":"@ada","replyToId":"\##(ID<Message>.new())","isAutomatic":true"##)))
        #expect(reply.isReply && reply.holdsAt && reply.isAutomatic && reply.kind == "poll")
        #expect(SentMessage(frame("message.updated", #""type":"text","content":"@ada""#)) == nil)
        #expect(SentMessage(ConversationEvent(.new(), rev: 3, audience: 1)) == nil)
    }
}
