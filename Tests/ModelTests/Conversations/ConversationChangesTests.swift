import Postgres
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Model

/// A device that asks what has changed ends with the state that there is, however it asks.
@Suite(.ownAccounts) struct ConversationChangesTests {
    /// What one device knows of a conversation, by what it was told.
    private struct Device {
        var messages: [ID<Message>: Message] = [:]
        var rev: Int64 = 0
        var resets = 0

        mutating func sync(_ id: ID<Conversation>, of user: SignedInUser, _ chat: Chat, page: Int) async throws {
            while true {
                let changes = try await chat.conversations.changes(in: id, since: rev, for: user, limit: page)
                if changes.reset { try await begin(id, of: user, chat) }
                #expect(changes.messages.map(\.rev) == changes.messages.map(\.rev).sorted())
                #expect(changes.throughRev >= rev)
                for message in changes.messages { messages[message.id] = message }
                rev = changes.throughRev
                if !changes.hasMore { return }
            }
        }

        /// Reads all that there is.
        private mutating func begin(_ id: ID<Conversation>, of user: SignedInUser, _ chat: Chat) async throws {
            resets += 1
            let all = try await chat.database.value(
                of: chat.conversations.messages(of: id, for: user, .after(0), limit: 1000))
            messages = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
        }

        var state: [String] { messages.values.sorted { $0.seq < $1.seq }.map { "\($0.seq) \($0.rev) \($0.content)" } }
    }

    private func truth(_ id: ID<Conversation>, _ user: SignedInUser, _ chat: Chat) async throws -> [String] {
        try await chat.database.value(of: chat.conversations.messages(of: id, for: user, .after(0), limit: 1000))
            .map { "\($0.seq) \($0.rev) \($0.content)" }
    }

    @Test func `page by page, between changes of all kinds, a device ends with the whole`() async throws {
        var random = Seed()
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let id = try await chat.group(people)
            var device = Device()
            var said: [(Message, SignedInUser)] = []
            for round in 0..<120 {
                let user = people[Int.random(in: 0..<3, using: &random)]
                switch Int.random(in: 0..<6, using: &random) {
                case 0..<3: said.append((try await chat.say("\(round)", in: id, by: user), user))
                case 3 where !said.isEmpty:
                    let (message, sender) = said[Int.random(in: 0..<said.count, using: &random)]
                    _ = try? await chat.conversations.edit(message.id, to: "edit \(round)", by: sender)
                case 4 where !said.isEmpty:
                    let (message, sender) = said[Int.random(in: 0..<said.count, using: &random)]
                    try? await chat.conversations.deleteForAll(message.id, by: sender)
                default:
                    guard let (message, _) = said.randomElement(using: &random) else { continue }
                    _ = try? await chat.conversations.setReaction(
                        "👍", Bool.random(using: &random), to: message.id, by: user)
                }
                if round % 7 == 0 {
                    try await device.sync(id, of: people[0], chat, page: Int.random(in: 1...5, using: &random))
                }
            }
            try await device.sync(id, of: people[0], chat, page: 3)
            let state = device.state
            #expect(try await truth(id, people[0], chat) == state)
        }
    }

    @Test func `while others write and a transaction stays open, nothing is skipped`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let id = try await chat.group(people)
            let isDone = Flag()
            try await withThrowingTaskGroup { group in
                for user in people[1...] {
                    group.addTask {
                        for number in 0..<60 {
                            let message = try await chat.say("\(number)", in: id, by: user)
                            if number % 3 == 0 {
                                _ = try await chat.conversations.edit(message.id, to: "\(number)!", by: user)
                            }
                        }
                    }
                }
                // Holds the conversation's row now and then, as a slow writer would.
                group.addTask {
                    for _ in 0..<20 {
                        try await chat.database.transaction { transaction in
                            try await transaction.run(
                                "update conversations set last_rev = last_rev + 1, own_rev = last_rev + 1 where id = \(id)"
                            )
                            try await transaction.run("select pg_sleep(0.005)")
                        }
                    }
                }
                async let followed = follow(id, people[0], chat, until: isDone)
                try await group.waitForAll()
                isDone.raise()
                let state = try await followed.state
                #expect(try await truth(id, people[0], chat) == state)
            }
        }
    }

    private func follow(
        _ id: ID<Conversation>, _ user: SignedInUser, _ chat: Chat, until isDone: Flag
    ) async throws -> Device {
        var device = Device()
        while true {
            let isLast = isDone.isRaised
            try await device.sync(id, of: user, chat, page: 7)
            if isLast { return device }
        }
    }

    @Test func `members and the conversation come when they change, and strangers learn nothing`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(4)
            let id = try await chat.group(Array(people[..<3]))
            let all = try await chat.conversations.changes(in: id, since: 0, for: people[0], limit: 100)
            #expect(Set(all.members.map(\.user)) == Set(people[..<3].map(\.id)) && !all.reset)
            try await chat.say("hello", in: id, by: people[1])
            let later = try await chat.conversations.changes(in: id, since: all.throughRev, for: people[0], limit: 100)
            #expect(later.members.isEmpty && later.conversation == nil && later.messages.map(\.content) == ["hello"])
            let none = try await chat.conversations.changes(in: id, since: later.throughRev, for: people[0], limit: 100)
            #expect(none.messages.isEmpty && none.throughRev == later.throughRev)
            await #expect(throws: Problem.self) {
                try await chat.conversations.changes(in: id, since: 0, for: people[3], limit: 100)
            }
        }
    }

    @Test func `who came after that rev is told to begin anew`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let id = try await chat.group(people)
            for number in 0..<5 { try await chat.say("\(number)", in: id, by: people[0]) }
            let now = try await chat.conversations.changes(in: id, since: 0, for: people[1], limit: 100)
            try await chat.database.run(
                """
                update member_periods set from_rev = \(now.throughRev), from_seq = 4
                where conversation_id = \(id) and user_id = \(people[1].id)
                """)
            let changes = try await chat.conversations.changes(in: id, since: 3, for: people[1], limit: 100)
            #expect(changes.reset && changes.conversation == nil && !changes.hasMore)
            #expect(changes.messages.isEmpty && changes.members.isEmpty && changes.throughRev == now.throughRev)
        }
    }

    @Test func `who comes back to more than a page of the past begins anew once, and is whole`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let id = try await chat.group(people)
            var device = Device()
            for number in 0..<10 { try await chat.say("\(number)", in: id, by: people[0]) }
            try await device.sync(id, of: people[1], chat, page: 4)
            try await chat.conversations.leave(id, by: people[1])
            for number in 0..<5 { try await chat.say("unseen \(number)", in: id, by: people[0]) }
            try await chat.conversations.add([people[1].id], to: id, by: people[0])
            for number in 0..<10 { try await chat.say("new \(number)", in: id, by: people[0]) }
            for _ in 0..<2 { try await device.sync(id, of: people[1], chat, page: 4) }
            #expect(device.resets == 1)
            let state = device.state
            #expect(try await truth(id, people[1], chat) == state)
            var newcomer = Device()
            try await newcomer.sync(id, of: people[1], chat, page: 4)
            #expect(newcomer.state == state)
        }
    }

    private final class Flag: Sendable {
        private let state = Mutex(false)
        var isRaised: Bool { state.withLock { $0 } }
        func raise() { state.withLock { $0 = true } }
    }
}
