import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Coming in by a code: who makes it, how long and how often it is good.
@Suite(.ownAccounts) struct InviteTests {
    private func invite(
        _ room: Room, _ new: NewInvite = NewInvite(), by user: SignedInUser? = nil
    ) async throws -> Invite {
        try await room.chat.database.transaction {
            try await room.conversations.invite(to: room.id, new, by: user ?? room.admin, on: $0)
        }
    }

    private func list(_ room: Room, by user: SignedInUser) async throws {
        _ = try await room.conversations.invites(to: room.id, for: user, before: nil, limit: 10)
    }

    private func revoke(_ room: Room, by user: SignedInUser) async throws {
        let made = try await invite(room)
        try await room.conversations.revoke(made.id, to: room.id, by: user)
    }

    @Test(arguments: [Conversation.Kind.group, .channel])
    func `each role may what the table says`(kind: Conversation.Kind) async throws {
        try await Room.lend(kind) { room in
            let rows: [(SignedInUser, Problem.Code?)] = [
                (room.admin, nil), (room.moderator, kind == .group ? nil : .forbidden), (room.member, .forbidden),
                (room.stranger, .notFound),
            ]
            for (user, refusal) in rows {
                let codes = [
                    try await problemCode { _ = try await invite(room, by: user) },
                    try await problemCode { try await list(room, by: user) },
                    try await problemCode { try await revoke(room, by: user) },
                ]
                #expect(codes == [refusal, refusal, refusal])
            }
        }
    }

    @Test func `two people do not invite a third, and an unproven address invites nobody`() async throws {
        try await Room.lend { room in
            let direct = try await room.conversations.create(
                NewConversation(.direct, title: nil, members: [room.other.id]), by: room.admin
            ).conversation.id
            let code = try await problemCode {
                try await room.chat.database.transaction {
                    _ = try await room.conversations.invite(to: direct, NewInvite(), by: room.admin, on: $0)
                }
            }
            #expect(code == .forbidden)
            try await room.chat.database.run("update users set email_verified_at = null where id = \(room.admin.id)")
            #expect(try await problemCode { _ = try await invite(room) } == .emailUnverified)
        }
    }

    @Test func `who comes in is a member, which is said, and coming twice takes one use`() async throws {
        try await Room.lend { room in
            let made = try await invite(room, NewInvite(mostUses: 2))
            let rev = try await room.rev()
            for _ in 0..<2 { _ = try await room.conversations.accept(made.code, by: room.stranger) }
            #expect(try await room.rev() == rev + 1)
            #expect(try await room.conversations.find(room.id, for: room.stranger).memberCount == 5)
            let listed = try await room.conversations.invites(to: room.id, for: room.admin, before: nil, limit: 10)
            #expect(listed.map(\.uses) == [1])
            let said: String = try await room.chat.database.one(
                "select body ->> 'event' from messages where type = 'system'")
            #expect(said == "member.joined")
        }
    }

    @Test func `what has expired, is used up or was revoked lets nobody in`() async throws {
        let clock = ManualClock(.now)
        try await Room.lend(at: clock) { room in
            let short = try await invite(room, NewInvite(expiresAt: clock.now + .hours(1)))
            let once = try await invite(room, NewInvite(mostUses: 1))
            let revoked = try await invite(room)
            try await room.conversations.revoke(revoked.id, to: room.id, by: room.moderator)
            let guests = try await room.chat.people(2)
            #expect(try await room.conversations.preview(short.code).memberCount == 4)
            clock.advance(by: .hours(1))
            let expired = try await problem { _ = try await room.conversations.accept(short.code, by: guests[0]) }
            #expect(expired?.code == .conflict && expired?.detail == "This invite has expired")
            _ = try await room.conversations.accept(once.code, by: guests[0])
            let usedUp = try await problem { _ = try await room.conversations.accept(once.code, by: guests[1]) }
            #expect(usedUp?.code == .conflict && usedUp?.detail == "This invite is used up")
            #expect(try await problemCode { _ = try await room.conversations.preview(once.code) } == .conflict)
            for code in [revoked.code, "there-is-no-such-code"] {
                #expect(
                    try await problemCode { _ = try await room.conversations.accept(code, by: guests[1]) } == .notFound)
            }
            #expect(
                try await problemCode { _ = try await invite(room, NewInvite(expiresAt: clock.now)) }
                    == .validationFailed)
        }
    }

    @Test func `of many who come at once, as many come in as there are uses`() async throws {
        try await Room.lend { room in
            let made = try await invite(room, NewInvite(mostUses: 3))
            let guests = try await room.chat.people(12)
            let entered = try await withThrowingTaskGroup { group in
                for guest in guests {
                    group.addTask {
                        try await problemCode { _ = try await room.conversations.accept(made.code, by: guest) } == nil
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(entered == 3)
            #expect(try await room.conversations.find(room.id, for: room.admin).memberCount == 7)
        }
    }

    @Test func `who was removed comes in by no invite, and again once they were added`() async throws {
        try await Room.lend { room in
            let made = try await invite(room)
            try await room.conversations.remove(room.member.id, from: room.id, by: room.moderator)
            func enter() async throws -> Problem.Code? {
                try await problemCode { _ = try await room.conversations.accept(made.code, by: room.member) }
            }
            #expect(try await enter() == .forbidden)
            try await room.conversations.add([room.member.id], to: room.id, by: room.admin)
            try await room.conversations.leave(room.id, by: room.member)
            #expect(try await enter() == nil, "who leaves may come back")
        }
    }

    @Test func `invites go with whoever made them, or may invite no longer`() async throws {
        try await Room.lend { room in
            let kept = try await invite(room)
            for goes in [true, false] {
                let made = try await invite(room, by: room.moderator)
                if goes {
                    try await room.conversations.setRole(.member, of: room.moderator.id, in: room.id, by: room.admin)
                    try await room.conversations.setRole(.moderator, of: room.moderator.id, in: room.id, by: room.admin)
                } else {
                    try await room.conversations.leave(room.id, by: room.moderator)
                }
                #expect(try await problemCode { _ = try await room.conversations.preview(made.code) } == .notFound)
            }
            _ = try await room.conversations.preview(kept.code)
        }
    }

    @Test func `a full group lets nobody in`() async throws {
        try await Room.lend { room in
            let made = try await invite(room)
            try await room.chat.database.run("update conversations set member_count = 256 where id = \(room.id)")
            let code = try await problemCode { _ = try await room.conversations.accept(made.code, by: room.stranger) }
            #expect(code == .conflict)
        }
    }
}
