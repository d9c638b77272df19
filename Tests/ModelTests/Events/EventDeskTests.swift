import JSON
import Postgres
import Queue
import QueueTesting
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Model

/// Who hears what of the things that happen in a conversation.
@Suite(.ownAccounts)
struct EventDeskTests {
    /// Hears what a worker would be given to tell.
    private final class Listener: BatchHandler {
        private let events = Mutex<[ConversationEvent]>([])

        func handle(_ jobs: [BatchItem<TellMembers>]) async throws {
            events.withLock { $0 += jobs.flatMap(\.job.events) }
        }

        var heard: [ConversationEvent] { events.withLock { $0 } }
    }

    /// What is told to one person alone is not asked for here.
    private struct Deaf: JobHandler {
        func handle(_ job: ShowNotifications, _ context: JobContext) async throws {}
    }

    /// What has been owed since the last time, as it is told.
    private func told(_ chat: Chat) async throws -> [Delivery] {
        let listener = Listener()
        await chat.durable.untilPushed()
        let rehearsal = Rehearsal(
            chat.durable.client, handlers: Handlers([AnyHandler(batch: listener), AnyHandler(Deaf())]),
            durable: chat.durable)
        _ = try await rehearsal.drain()
        let events = listener.heard.sorted { $0.rev < $1.rev }
        return try await EventDesk(database: chat.database).deliveries(of: events)
    }

    private func type(_ delivery: Delivery) throws -> String? {
        try JSONCoder.decode(JSONValue.self, from: delivery.frame)["type"]?.string
    }

    private func people(_ delivery: Delivery) -> Set<ID<User>> {
        if case .people(let people) = delivery.recipients { Set(people) } else { [] }
    }

    @Test func `members hear of a message, and whoever has blocked the sender only that a rev has passed`() async throws
    {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let group = try await chat.group(people)
            _ = try await told(chat)
            try await chat.database.run(
                "insert into blocks (blocker_id, blocked_id) values (\(people[2].id), \(people[0].id))")
            let message = try await chat.say("hello", in: group, by: people[0])
            let delivery = try #require(try await told(chat).first)
            #expect(delivery.rev == message.rev && delivery.conversation == group)
            #expect(self.people(delivery) == [people[0].id, people[1].id] && delivery.passed == [people[2].id])
            let data = try JSONCoder.decode(JSONValue.self, from: delivery.frame)
            #expect(data["type"]?.string == "message.created" && data["data"]?["content"]?.string == "hello")
            #expect(data["data"]?["id"]?.string == message.id.description)
        }
    }

    @Test func `whoever joins hears nothing of what was before, and whoever leaves nothing of what comes after`()
        async throws
    {
        try await Chat.lend { chat in
            let people = try await chat.people(4)
            let group = try await chat.group(Array(people[..<3]))
            let old = try await chat.say("old", in: group, by: people[0])
            _ = try await told(chat)
            try await chat.conversations.add([people[3].id], to: group, by: people[0])
            let joined = try #require(try await told(chat).first)
            #expect(try type(joined) == "member.added")
            #expect(self.people(joined).contains(people[3].id))
            // A change of what was said before: not for the new one.
            _ = try await chat.conversations.edit(old.id, to: "new", by: people[0])
            let edited = try #require(try await told(chat).first)
            #expect(try type(edited) == "message.updated")
            #expect(!self.people(edited).contains(people[3].id) && edited.passed == [people[3].id])
            try await chat.conversations.remove(people[1].id, from: group, by: people[0])
            try await chat.say("after", in: group, by: people[0])
            for delivery in try await told(chat) {
                #expect(!self.people(delivery).contains(people[1].id) && !delivery.passed.contains(people[1].id))
            }
        }
    }

    @Test func `what was changed again is told with its last rev alone, and the earlier ones pass`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            let message = try await chat.say("1", in: group, by: people[0])
            _ = try await told(chat)
            for text in ["2", "3"] { _ = try await chat.conversations.edit(message.id, to: text, by: people[0]) }
            let deliveries = try await told(chat)
            #expect(deliveries.map(\.rev) == [message.rev + 1, message.rev + 2])
            #expect(deliveries[0].frame.isEmpty && Set(deliveries[0].passed) == Set(people.map(\.id)))
            #expect(try type(deliveries[1]) == "message.updated")
        }
    }

    @Test func `of a channel nobody is named`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let channel = try await chat.conversations.create(
                NewConversation(.channel, title: "News", members: people.map(\.id)), by: people[0]
            ).conversation.id
            _ = try await told(chat)
            let post = try await chat.say("news", in: channel, by: people[0])
            let delivery = try #require(try await told(chat).first)
            guard case .followers(let audience, let seq, let keptFrom) = delivery.recipients else {
                Issue.record("people are named")
                return
            }
            #expect(audience > 0 && seq == post.seq && keptFrom.isEmpty)
        }
    }

    @Test func `followers are those who are there, with what they saw in earlier stays`() async throws {
        try await Room.lend(.channel) { room in
            _ = try await room.say("one", by: room.admin)
            try await room.conversations.leave(room.id, by: room.member)
            try await room.conversations.leave(room.id, by: room.other)
            _ = try await room.say("two", by: room.admin)
            try await room.conversations.add([room.member.id], to: room.id, by: room.admin)
            _ = try await room.say("three", by: room.admin)
            let book = FollowerBook(database: room.chat.database, log: .silent)
            let people = [room.admin.id, room.member.id, room.other.id, room.stranger.id]
            let found = await book.followers(of: room.id, among: people)
            #expect(Set(found.keys) == [room.admin.id, room.member.id])
            #expect((1...3).map { found[room.admin.id]?.sees($0) } == [true, true, true])
            #expect((1...3).map { found[room.member.id]?.sees($0) } == [true, false, true])
        }
    }

    @Test func `what is read for a gap is what the jobs would have told`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            _ = try await told(chat)
            let message = try await chat.say("one", in: group, by: people[0])
            try await chat.say("two", in: group, by: people[1])
            _ = try await chat.conversations.setReaction("👍", true, to: message.id, by: people[1])
            let told = try await told(chat)
            let read = try await EventDesk(database: chat.database).deliveries(
                of: message.rev...message.rev + 2, in: group)
            #expect(read.map(\.rev) == told.map(\.rev))
            #expect(try type(told[2]) == "reaction.added")
            #expect(try type(read[2]) == "message.updated")
            #expect(read[1] == told[1])
        }
    }
}
