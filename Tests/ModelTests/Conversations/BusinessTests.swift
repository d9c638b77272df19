import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// Customers of a business, who answers them, and what answers for people who are away.
@Suite(.ownAccounts) struct BusinessTests {
    private struct Shop {
        let chat: Chat
        let owner: SignedInUser
        let agent: SignedInUser
        let customer: SignedInUser
        let other: SignedInUser

        func open(by customer: SignedInUser? = nil) async throws -> (conversation: Conversation, isNew: Bool) {
            try await chat.conversations.create(
                NewConversation(.business, title: nil, members: [owner.id]), by: customer ?? self.customer)
        }
    }

    private static let monday = Timestamp(rfc3339: "2026-11-23T10:00:00.000Z")

    private func lend(
        hours: [OpeningHours] = [], at clock: any WallClock = SystemClock(), _ body: (Shop) async throws -> Void
    ) async throws {
        try await Chat.lend(at: clock) { chat in
            let people = try await chat.people(4)
            try await chat.conversations.keep(
                Business(
                    id: people[0].id, name: "Shop", greeting: "Welcome", awayText: "We are closed",
                    timeZone: "Europe/Berlin", hours: hours), by: people[0])
            try await chat.conversations.addAgent(people[1].id, by: people[0])
            try await body(
                Shop(chat: chat, owner: people[0], agent: people[1], customer: people[2], other: people[3]))
        }
    }

    @Test func `of a customer there is one conversation, with all who answer in it`() async throws {
        try await lend { shop in
            let opened = try await withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try await shop.open().conversation.id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(opened.count == 1)
            let id = try #require(opened.first)
            let roles = try await shop.chat.conversations.members(of: id, for: shop.customer, after: nil, limit: 10)
            #expect(
                Dictionary(uniqueKeysWithValues: roles.map { ($0.user, $0.role) })
                    == [shop.owner.id: .admin, shop.agent.id: .moderator, shop.customer.id: .member])
            try await shop.chat.say("hello", in: id, by: shop.customer)
            try await shop.chat.say("yes?", in: id, by: shop.agent)
            #expect(try await shop.chat.read(id, by: shop.owner) == ["hello", "yes?"])
            #expect(
                try await problemCode { _ = try await shop.chat.conversations.find(id, for: shop.other) } == .notFound)
        }
    }

    @Test func `who answers comes into all conversations with their past, and goes out of all`() async throws {
        try await lend { shop in
            let ids = [try await shop.open().conversation.id, try await shop.open(by: shop.other).conversation.id]
            for id in ids { try await shop.chat.say("before", in: id, by: shop.owner) }
            let helper = try await shop.chat.people(1)[0]
            for _ in 0..<2 { try await shop.chat.conversations.addAgent(helper.id, by: shop.owner) }
            for id in ids { #expect(try await shop.chat.read(id, by: helper) == ["before"]) }
            #expect(try await shop.chat.conversations.find(ids[0], for: helper).memberCount == 4)
            try await shop.chat.conversations.removeAgent(helper.id, of: shop.owner.id)
            for id in ids {
                try await shop.chat.say("after", in: id, by: shop.owner)
                #expect(
                    try await problemCode { _ = try await shop.chat.conversations.find(id, for: helper) } == .notFound)
                #expect(try await shop.chat.read(id, by: helper) == ["before"])
            }
            try await shop.chat.conversations.addAgent(helper.id, by: shop.owner)
            #expect(try await shop.chat.conversations.find(ids[0], for: helper).memberCount == 4)
        }
    }

    @Test func `its people are the business's affair, and nobody moderates a customer`() async throws {
        try await lend { shop in
            let id = try await shop.open().conversation.id
            let said = try await shop.chat.say("mine", in: id, by: shop.customer)
            for user in [shop.owner, shop.agent, shop.customer] {
                #expect(
                    try await problemCode { try await shop.chat.conversations.add([shop.other.id], to: id, by: user) }
                        == .forbidden)
                #expect(try await problemCode { try await shop.chat.conversations.leave(id, by: user) } == .forbidden)
            }
            #expect(
                try await problemCode { try await shop.chat.conversations.deleteForAll(said.id, by: shop.owner) }
                    == .forbidden)
            #expect(
                try await problemCode { _ = try await shop.chat.conversations.setPinned(true, said.id, by: shop.agent) }
                    == nil)
            let other = NewConversation(.business, title: nil, members: [shop.other.id])
            #expect(
                try await problemCode { _ = try await shop.chat.conversations.create(other, by: shop.customer) }
                    == .validationFailed)
        }
    }

    @Test func `a customer is greeted once`() async throws {
        try await lend { shop in
            let id = try await shop.open().conversation.id
            for _ in 0..<2 { try await shop.chat.sending.greet(id) }
            #expect(try await shop.chat.read(id, by: shop.customer) == ["Welcome"])
        }
    }

    @Test func `while it is closed a customer is told so once a day; open, nothing is said`() async throws {
        let clock = ManualClock(try #require(Self.monday))
        // Ten o'clock in London is eleven in Berlin.
        let hours = [OpeningHours(weekday: 1, opens: 11 * 60, closes: 12 * 60)]
        try await lend(hours: hours, at: clock) { shop in
            let id = try await shop.open().conversation.id
            func ask() async throws {
                let message = try await shop.chat.say("hello?", in: id, by: shop.customer)
                for _ in 0..<2 { try await shop.chat.sending.answer(message.id) }
            }
            try await ask()
            #expect(try await shop.chat.read(id, by: shop.customer) == ["hello?"])
            clock.advance(by: .hours(1))
            for _ in 0..<2 { try await ask() }
            let answers = ["hello?", "hello?", "We are closed", "hello?"]
            #expect(try await shop.chat.read(id, by: shop.customer) == answers)
            clock.advance(by: .days(1))
            try await ask()
            #expect(try await shop.chat.read(id, by: shop.customer) == answers + ["hello?", "We are closed"])
        }
    }

    @Test func `two who are away answer each other once, and not each other's answers`() async throws {
        let clock = ManualClock(try #require(Self.monday))
        try await Chat.lend(at: clock) { chat in
            let people = try await chat.people(2)
            for user in people {
                try await chat.conversations.setAutoReply(
                    AutoReply("away", startsAt: clock.now, endsAt: clock.now + .hours(2)), by: user)
            }
            let id = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0]
            ).conversation.id
            func answerAll() async throws {
                let all: [ID<Message>] = try await chat.database.all("select id from messages")
                try await withThrowingTaskGroup { group in
                    for message in all + all { group.addTask { try await chat.sending.answer(message) } }
                    try await group.waitForAll()
                }
            }
            try await chat.say("hello", in: id, by: people[0])
            for _ in 0..<3 { try await answerAll() }
            #expect(try await chat.read(id, by: people[0]) == ["hello", "away"])
            clock.advance(by: .hours(2))
            try await chat.conversations.setAutoReply(nil, by: people[1])
            try await chat.say("back", in: id, by: people[1])
            try await answerAll()
            #expect(try await chat.read(id, by: people[0]) == ["hello", "away", "back"])
        }
    }
}
