import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Conversations, and who is in them.
@Suite(.ownAccounts) struct ConversationTests {
    @Test func `of two people there is one direct conversation, however often both open it at once`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let opened = try await withThrowingTaskGroup { tasks in
                for number in 0..<1000 {
                    let (one, other) = (people[number % 2], people[1 - number % 2])
                    tasks.addTask {
                        let made = try await chat.conversations.create(
                            NewConversation(.direct, title: nil, members: [other.id]), by: one)
                        return (made.conversation.id, made.isNew)
                    }
                }
                return try await tasks.reduce(into: [(ID<Conversation>, Bool)]()) { $0.append($1) }
            }
            #expect(Set(opened.map(\.0)).count == 1)
            #expect(opened.filter(\.1).count == 1)
            let members: Int? = try await chat.database.first("select count(*)::int from members")
            #expect(members == 2)
        }
    }

    @Test func `a list goes by activity, and a page after another misses and repeats nothing`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            var groups: [ID<Conversation>] = []
            for _ in 0..<5 { groups.append(try await chat.group(people)) }
            try await chat.say("up", in: groups[1], by: people[0])
            var listed: [ID<Conversation>] = []
            var place: (Timestamp, ID<Conversation>)?
            while true {
                let page = try await chat.conversations.list(of: people[1], before: place, limit: 2)
                listed += page.map(\.id)
                guard page.count == 2, let last = page.last else { break }
                place = (last.activeAt, last.id)
            }
            #expect(listed.first == groups[1])
            #expect(listed.count == 5)
            #expect(Set(listed) == Set(groups))
        }
    }

    @Test func `a list holds the kinds that are asked for, and what is archived or not`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            let direct = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0]
            ).conversation.id
            try await chat.conversations.keep(group, .archived(true), by: people[0])
            func list(_ filter: ConversationFilter) async throws -> [ID<Conversation>] {
                try await chat.conversations.list(of: people[0], filter, before: nil, limit: 10).map(\.id)
            }
            #expect(try await list(ConversationFilter()).count == 2)
            #expect(try await list(ConversationFilter(kind: .direct)) == [direct])
            #expect(try await list(ConversationFilter(isArchived: true)) == [group])
            #expect(try await list(ConversationFilter(isArchived: false)) == [direct])
            #expect(try await list(ConversationFilter(kind: .channel)).isEmpty)
        }
    }

    @Test func `unread is what others wrote after the mark`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            for text in ["one", "two"] { try await chat.say(text, in: group, by: people[0]) }
            let theirs = try await chat.conversations.find(group, for: people[1])
            #expect(theirs.unreadCount == 2)
            #expect(theirs.lastMessage?.content == "two")
            let own = try await chat.conversations.find(group, for: people[0])
            #expect(own.unreadCount == 0)
            try await chat.receipts.mark(.init(people[1].id, in: group, read: 1))
            try await chat.receipts.mark(.init(people[1].id, in: group, read: 0))
            let later = try await chat.conversations.find(group, for: people[1])
            #expect(later.unreadCount == 1)
            try await chat.receipts.mark(.init(people[1].id, in: group, read: .max))
            let end = try await chat.conversations.find(group, for: people[1])
            #expect(end.readSeq == 2)
            // Who writes has read what is there.
            try await chat.say("three", in: group, by: people[1])
            let first = try await chat.conversations.find(group, for: people[0])
            #expect(first.unreadCount == 1)
        }
    }

    @Test func `who has not proven an address writes to nobody that they do not know`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            try await chat.database.run("update users set email_verified_at = null where id = \(people[0].id)")
            let direct = NewConversation(.direct, title: nil, members: [people[1].id])
            await #expect(throws: Problem.self) { try await chat.conversations.create(direct, by: people[0]) }
            _ = try await chat.group([people[1], people[0]])
            let made = try await chat.conversations.create(direct, by: people[0])
            #expect(made.isNew)
        }
    }

    @Test func `whom somebody has blocked opens a direct conversation like any, and the blocker sees none`()
        async throws
    {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            try await chat.database.run(
                "insert into blocks (blocker_id, blocked_id) values (\(people[1].id), \(people[0].id))")
            let direct = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0])
            #expect(direct.isNew)
            try await chat.say("hello", in: direct.conversation.id, by: people[0])
            #expect(try await chat.conversations.list(of: people[1], before: nil, limit: 9).isEmpty)
            #expect(try await chat.conversations.list(of: people[0], before: nil, limit: 9).count == 1)
            try await chat.database.run("delete from blocks where blocker_id = \(people[1].id)")
            try await chat.say("again", in: direct.conversation.id, by: people[0])
            #expect(try await chat.read(direct.conversation.id, by: people[1]) == ["again"])
            #expect(try await chat.conversations.list(of: people[1], before: nil, limit: 9).count == 1)
        }
    }

    @Test func `nobody is brought together with who has blocked them, or is gone`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            try await chat.database.run(
                "insert into blocks (blocker_id, blocked_id) values (\(people[1].id), \(people[0].id))")
            await #expect(throws: Problem.self) { _ = try await chat.group(people) }
            let stranger = NewConversation(.group, title: "x", members: [.new()])
            await #expect(throws: Problem.self) { try await chat.conversations.create(stranger, by: people[0]) }
        }
    }
}
