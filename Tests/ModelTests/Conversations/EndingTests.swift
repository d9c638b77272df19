import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// A conversation that is ended for everybody.
@Suite(.ownAccounts) struct EndingTests {
    @Test func `nobody sees a group that was ended, writes there, or comes in again`() async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            let invite = try await room.chat.database.transaction {
                try await room.conversations.invite(to: room.id, NewInvite(), by: room.admin, on: $0)
            }
            try await room.conversations.end(room.id, by: room.admin)
            for user in [room.admin, room.member] {
                let codes = [
                    try await problemCode { _ = try await room.conversations.find(room.id, for: user) },
                    try await problemCode { _ = try await room.show(message, to: user) },
                    try await problemCode { _ = try await room.say("more", by: user) },
                    try await problemCode { _ = try await room.conversations.accept(invite.code, by: user) },
                    try await problemCode { try await room.conversations.end(room.id, by: user) },
                ]
                #expect(codes == Array(repeating: .notFound, count: 5))
                #expect(try await room.conversations.list(of: user, before: nil, limit: 10).isEmpty)
            }
            #expect(try await room.chat.read(room.id, by: room.other).isEmpty)
        }
    }

    @Test(arguments: [Conversation.Kind.group, .channel])
    func `who left before it was ended does not read any more what they had`(kind: Conversation.Kind) async throws {
        try await Room.lend(kind) { room in
            let message = try await room.say("hello", by: room.admin)
            try await room.conversations.leave(room.id, by: room.member)
            #expect(try await room.show(message, to: room.member).content == "hello")
            try await room.conversations.end(room.id, by: room.admin)
            #expect(try await room.chat.read(room.id, by: room.member).isEmpty)
            let code = try await problemCode { _ = try await room.show(message, to: room.member) }
            #expect(code == .notFound)
            let stays: Int = try await room.chat.database.one(
                "select count(*)::int from member_periods where conversation_id = \(room.id)")
            #expect(stays == 0)
        }
    }

    @Test func `all members of a large channel learn of its end, bit by bit`() async throws {
        try await Room.lend(.channel) { room in
            let others = try await room.chat.people(600).map(\.id)
            try await room.chat.database.run(
                """
                insert into members (conversation_id, user_id, role, joined_at, rev)
                select \(room.id), u, 'member', now(), 0 from unnest(\(others)) u
                """)
            try await room.conversations.end(room.id, by: room.admin)
            func left() async throws -> Int {
                try await room.chat.database.one(
                    "select count(*)::int from members where conversation_id = \(room.id) and left_at is null")
            }
            #expect(try await left() == 104)
            let jobs: Int = try await room.chat.database.one(
                "select count(*)::int from outbox where kind = \(DismissMembers.kind)")
            #expect(jobs == 1)
            for _ in 0..<2 { try await room.conversations.dismissMembers(DismissMembers(conversation: room.id)) }
            #expect(try await left() == 0)
            let told: Int = try await room.chat.database.one(
                "select count(*)::int from user_changes where subject = 'conversation' and subject_id = \(room.id)")
            #expect(told == 604)
        }
    }
}
