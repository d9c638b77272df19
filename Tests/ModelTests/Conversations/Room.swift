import Postgres
import Runtime
import TestSupport

@testable import Model

/// A group with an administrator, a moderator, two members, and somebody who does not belong to it.
struct Room {
    let chat: Chat
    let id: ID<Conversation>
    let admin: SignedInUser
    let moderator: SignedInUser
    let member: SignedInUser
    let other: SignedInUser
    let stranger: SignedInUser

    static func lend(
        _ kind: Conversation.Kind = .group, at clock: any WallClock = SystemClock(), _ body: (Room) async throws -> Void
    ) async throws {
        try await Chat.lend(at: clock) { chat in
            let people = try await chat.people(5)
            let id = try await chat.conversations.create(
                NewConversation(kind, title: "Room", members: people[..<4].map(\.id)), by: people[0]
            ).conversation.id
            try await chat.database.run(
                "update members set role = 'moderator' where conversation_id = \(id) and user_id = \(people[1].id)")
            try await body(
                Room(
                    chat: chat, id: id, admin: people[0], moderator: people[1], member: people[2],
                    other: people[3], stranger: people[4]))
        }
    }

    var conversations: Conversations { chat.conversations }

    func say(_ text: String, by user: SignedInUser) async throws -> Message {
        try await chat.say(text, in: id, by: user)
    }

    func show(_ message: Message, to user: SignedInUser) async throws -> Message {
        try await chat.database.value(of: conversations.message(message.id, for: user))
    }

    func rev() async throws -> Int64 {
        try await chat.database.one("select last_rev from conversations where id = \(id)")
    }
}
