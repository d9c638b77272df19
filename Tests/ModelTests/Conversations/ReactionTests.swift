import Postgres
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Model

/// Answers of one emoji.
@Suite(.ownAccounts) struct ReactionTests {
    @Test func `reactions are counted once for each person, and in their order`() async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            for (emoji, user) in [("👍", room.other), ("❤️", room.admin), ("👍", room.admin), ("👍", room.admin)] {
                _ = try await room.conversations.setReaction(emoji, true, to: message.id, by: user)
            }
            #expect(
                try await room.show(message, to: room.other).reactions == [
                    Reaction(emoji: "👍", count: 2, isMine: true), Reaction(emoji: "❤️", count: 1, isMine: false),
                ])
            let rev = try await room.rev()
            let left = try await room.conversations.setReaction("👍", false, to: message.id, by: room.admin)
            #expect(left.reactions.map(\.count) == [1, 1] && left.rev == rev + 1)
            _ = try await room.conversations.setReaction("👍", false, to: message.id, by: room.admin)
            #expect(try await room.rev() == rev + 1)
            #expect(try await room.chat.database.one("select reaction_count from messages", as: Int.self) == 2)
        }
    }

    @Test(arguments: ["", "a", "1", "👍👍", "hello", "#", "\u{FE0F}"])
    func `what is no emoji is refused`(text: String) async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            #expect(
                try await problemCode {
                    _ = try await room.conversations.setReaction(text, true, to: message.id, by: room.other)
                }
                    == .validationFailed)
        }
    }

    @Test func `a heart without its selector is the same heart`() async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            for (emoji, user) in [("\u{2764}", room.other), ("\u{2764}\u{FE0F}", room.admin)] {
                _ = try await room.conversations.setReaction(emoji, true, to: message.id, by: user)
            }
            #expect(try await room.show(message, to: room.other).reactions.map(\.count) == [2])
        }
    }

    @Test(arguments: ["👍", "👍🏽", "❤️", "1️⃣", "🏳️‍🌈", "👨‍👩‍👧‍👦", "🇩🇪"])
    func `what is one emoji is taken, however it is composed`(text: String) async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            let reacted = try await room.conversations.setReaction(text, true, to: message.id, by: room.other)
            #expect(reacted.reactions.map(\.emoji) == [text])
        }
    }

    @Test func `a twenty-first kind of reaction is refused, and more of the kinds there are not`() async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            let emoji = (0..<21).map { String(UnicodeScalar(0x1F600 + $0).map(Character.init) ?? "x") }
            for one in emoji[..<20] {
                _ = try await room.conversations.setReaction(one, true, to: message.id, by: room.other)
            }
            #expect(
                try await problemCode {
                    _ = try await room.conversations.setReaction(emoji[20], true, to: message.id, by: room.other)
                }
                    == .conflict)
            let more = try await room.conversations.setReaction(emoji[3], true, to: message.id, by: room.admin)
            #expect(more.reactions.first { $0.emoji == emoji[3] }?.count == 2)
        }
    }

    @Test func `in a channel reactions raise nothing, and are published once for many`() async throws {
        try await Room.lend(.channel) { room in
            let message = try await room.say("news", by: room.admin)
            let reacted = try await room.conversations.setReaction("👍", true, to: message.id, by: room.member)
            #expect(reacted.reactions.map(\.count) == [1] && reacted.rev == message.rev)
            #expect(try await room.rev() == message.rev)
            _ = try await room.conversations.setReaction("👍", true, to: message.id, by: room.other)
            try await room.conversations.publishCounts(of: message.id)
            let changes = try await room.conversations.changes(
                in: room.id, since: message.rev, for: room.member, limit: 9)
            #expect(changes.throughRev == message.rev + 1 && changes.messages.first?.reactions.map(\.count) == [2])
        }
    }

    @Test func `whoever is blocked reacts to nothing, and is not told`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let id = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0]
            ).conversation.id
            let message = try await chat.say("mine", in: id, by: people[0])
            try await chat.database.run(
                "insert into blocks (blocker_id, blocked_id, created_at) values (\(people[0].id), \(people[1].id), now())"
            )
            let seen = try await chat.conversations.setReaction("👍", true, to: message.id, by: people[1])
            #expect(seen.reactions.isEmpty && seen.rev == message.rev)
        }
    }

    @Test func `many who react at once are all counted, and each raises the rev once`() async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            let people = [room.admin, room.moderator, room.member, room.other]
            try await withThrowingTaskGroup { group in
                for (number, user) in people.enumerated() {
                    for emoji in ["👍", "❤️", "😀", "🎉"] {
                        group.addTask {
                            if number % 2 == 0 { _ = try await room.say("between", by: user) }
                            _ = try await room.conversations.setReaction(emoji, true, to: message.id, by: user)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await room.show(message, to: room.other).reactions.map(\.count) == [4, 4, 4, 4])
            #expect(try await room.rev() == message.rev + 16 + 8)
            let revs: [Int64] = try await room.chat.database.all("select rev from messages order by rev")
            #expect(Set(revs).count == revs.count, "no two changes have one number")
        }
    }
}
