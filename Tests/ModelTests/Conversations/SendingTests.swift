import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Messages on their way into a conversation.
@Suite(.ownAccounts) struct SendingTests {
    @Test func `messages are numbered in their order, and everybody reads the same`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let group = try await chat.group(people)
            let first = try await chat.say("one", in: group, by: people[0])
            let second = try await chat.say("two", in: group, by: people[1])
            #expect([first.seq, second.seq] == [1, 2])
            #expect(second.rev == first.rev + 1)
            for person in people {
                let read = try await chat.read(group, by: person)
                #expect(read == ["one", "two"])
            }
        }
    }

    @Test func `a repeated client id sends one message, and another message under it is refused`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            let first = try await chat.say("one", in: group, by: people[0], clientID: "a")
            async let again = chat.say("one", in: group, by: people[0], clientID: "a")
            async let twin = chat.say("one", in: group, by: people[0], clientID: "a")
            let repeated = try await [again.id, twin.id]
            #expect(repeated == [first.id, first.id])
            let refused = await problem { try await chat.say("other", in: group, by: people[0], clientID: "a") }
            #expect(refused == .idempotencyKeyReused)
            // The id is the sender's own.
            let others = try await chat.say("one", in: group, by: people[1], clientID: "a")
            #expect(others.id != first.id)
            let read = try await chat.read(group, by: people[1])
            #expect(read == ["one", "one"])
        }
    }

    @Test func `a client id has at most 64 bytes, however it is sent`() async throws {
        try await Chat.lend { chat in
            let person = try await chat.people(1)[0]
            let group = try await chat.group([person])
            let (fitting, long) = (String(repeating: "é", count: 32), String(repeating: "é", count: 33))
            func new(_ clientID: String) -> NewMessage {
                NewMessage(in: group, by: person.id, .text("hello"), clientID: clientID)
            }
            let sent = try await chat.sending.send(new(fitting))
            let problems = [
                await problem { _ = try await chat.sending.send(new(long)) },
                await problem { _ = try await chat.sending.schedule(new(long), at: .now + .hours(1)) },
                await problem {
                    _ = try await chat.sending.forward(sent.id, to: [group], clientID: long, by: person)
                },
            ]
            #expect(problems == Array(repeating: .validationFailed, count: 3))
            #expect(try await chat.read(group, by: person) == ["hello"])
        }
    }

    @Test func `twins in one group are one message`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(1)
            let group = try await chat.group(people)
            let ids = try await withThrowingTaskGroup { tasks in
                for _ in 0..<50 {
                    tasks.addTask { try await chat.say("hi", in: group, by: people[0], clientID: "x").id }
                }
                return try await tasks.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test func `who does not belong to it can neither write nor read`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let group = try await chat.group(Array(people[..<2]))
            try await chat.say("secret", in: group, by: people[0])
            #expect(await problem { try await chat.say("hello", in: group, by: people[2]) } == .notFound)
            #expect(await problem { _ = try await chat.read(group, by: people[2]) } == .notFound)
            #expect(await problem { try await chat.say("hello", in: .new(), by: people[0]) } == .notFound)
            #expect(await problem { _ = try await chat.conversations.find(group, for: people[2]) } == .notFound)
        }
    }

    @Test func `one member's mistake fails nobody else of the group`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group([people[0]])
            let texts = (0..<40).map { $0 % 4 == 1 ? "bad \u{0} byte" : "good \($0)" }
            let outcomes = await withTaskGroup { tasks in
                for (index, text) in texts.enumerated() {
                    tasks.addTask {
                        (index, (try? await chat.say(text, in: group, by: people[index % 4 == 3 ? 1 : 0])) != nil)
                    }
                }
                return await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for index in texts.indices { #expect(outcomes[index] == (index % 2 == 0)) }
            let read = try await chat.read(group, by: people[0])
            #expect(read.count == 20)
        }
    }

    @Test func `a reply names a message that the sender may see`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let (group, other) = (try await chat.group(people), try await chat.group(people))
            let first = try await chat.say("one", in: group, by: people[0])
            let reply = try await chat.say("two", in: group, by: people[1], replyTo: first.id)
            #expect(reply.replyTo == first.id)
            #expect(
                await problem { try await chat.say("three", in: other, by: people[1], replyTo: first.id) }
                    == .validationFailed)
        }
    }

    @Test func `whom somebody has blocked writes into the void, in direct chats, and is not seen in groups`()
        async throws
    {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let group = try await chat.group(people)
            let direct = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0]
            ).conversation.id
            try await chat.database.run(
                "insert into blocks (blocker_id, blocked_id) values (\(people[1].id), \(people[0].id))")
            for place in [group, direct] { try await chat.say("hello", in: place, by: people[0]) }
            let seen = try await [chat.read(group, by: people[1]), chat.read(direct, by: people[1])]
            #expect(seen == [[], []])
            let others = try await [chat.read(group, by: people[2]), chat.read(direct, by: people[0])]
            #expect(others == [["hello"], ["hello"]])
            try await chat.database.run("delete from blocks where blocker_id = \(people[1].id)")
            // What was kept from them in a direct chat stays so.
            let later = try await chat.read(direct, by: people[1])
            #expect(later == [])
        }
    }

    /// How much each of several processes writes.
    private static let ofEach = 500

    @Test func `processes that write to the same conversations leave no hole, no double and no deadlock`() async throws
    {
        let seed = Seed()
        let processes = try (0..<4).map { _ in try Chat() }
        let people = try await processes[0].people(20)
        var groups: [ID<Conversation>] = []
        for _ in 0..<40 { groups.append(try await processes[0].group(people)) }
        try await withThrowingTaskGroup { tasks in
            for (index, chat) in processes.enumerated() {
                var random = Seed(seed.value &+ UInt64(index))
                var plan = (0..<Self.ofEach).map { number in
                    (
                        groups.randomElement(using: &random) ?? groups[0],
                        people.randomElement(using: &random) ?? people[0], "\(index)-\(number)"
                    )
                }
                // One in a hundred comes twice.
                plan += plan.indices.filter { $0 % 100 == 99 }.map { plan[$0] }
                for (group, person, id) in plan {
                    tasks.addTask { try await chat.say(id, in: group, by: person, clientID: id) }
                }
            }
            try await tasks.waitForAll()
        }
        let broken: [ID<Conversation>] = try await processes[0].database.all(
            """
            select c.id
            from conversations c
            left join messages m on m.conversation_id = c.id
            group by c.id
            having count(m.seq) <> c.last_seq or coalesce(max(m.seq), 0) <> c.last_seq
                or count(distinct m.rev) <> count(m.seq) or max(m.rev) > c.last_rev
            """)
        #expect(broken == [])
        let count: Int = try await processes[0].database.one(
            "select count(*)::int from messages where conversation_id = any (\(groups))")
        #expect(count == processes.count * Self.ofEach)
        for chat in processes { await chat.close() }
    }
}

/// The code that an action is refused with.
private func problem(_ body: () async throws -> Void) async -> Problem.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? Problem)?.code
    }
}
