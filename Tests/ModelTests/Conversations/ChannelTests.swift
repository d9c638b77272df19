import Runtime
import TestSupport
import Testing

@testable import Model

/// Who speaks in a channel.
@Suite(.ownAccounts) struct ChannelTests {
    @Test func `administrators post, now and later, and neither moderators nor members do`() async throws {
        try await Room.lend(.channel) { room in
            let refusals: [(SignedInUser, Problem.Code?)] = [
                (room.admin, nil), (room.moderator, .forbidden), (room.member, .forbidden), (room.stranger, .notFound),
            ]
            for (user, refusal) in refusals {
                let new = NewMessage(in: room.id, by: user.id, .text("later"))
                let codes = [
                    try await problemCode { _ = try await room.say("now", by: user) },
                    try await problemCode {
                        _ = try await room.chat.sending.schedule(new, at: .now + .hours(1))
                    },
                ]
                #expect(codes == [refusal, refusal])
            }
            #expect(try await room.chat.read(room.id, by: room.member) == ["now"])
        }
    }

    @Test func `who is an administrator no more does not edit their posts any more`() async throws {
        try await Room.lend(.channel) { room in
            try await room.conversations.setRole(.admin, of: room.other.id, in: room.id, by: room.admin)
            let post = try await room.say("one", by: room.other)
            _ = try await room.conversations.edit(post.id, to: "two", by: room.other)
            for role in [Member.Role.moderator, .member] {
                try await room.conversations.setRole(role, of: room.other.id, in: room.id, by: room.admin)
                let code = try await problemCode {
                    _ = try await room.conversations.edit(post.id, to: "three", by: room.other)
                }
                #expect(code == .forbidden)
            }
            #expect(try await room.show(post, to: room.member).content == "two")
        }
    }
}
